/// \file
/// How options and numbers enter a state dict, which holds nothing but tensors (so that it can be
/// saved as a safetensors file), and how they are read from one: all or nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wick/callback.h"
#include "wick/nn/state_dict.h"

namespace wick::optim {

using nn::StateDict;

/// A named place that holds an option or a number: what a state dict stores and a printed optimizer
/// shows. As tensors: a double is a 0-d float64, an integer a 0-d int64, a bool a 0-d bool, a text
/// its bytes (1-d uint8), a pair and a list 1-d float64.
class WICK_API Option {
 public:
  enum class Kind : uint8_t { number, integer, boolean, text, pair, list };

  Option(std::string_view name, double& place) : Option(name, Kind::number, &place) {}
  Option(std::string_view name, int64_t& place) : Option(name, Kind::integer, &place) {}
  Option(std::string_view name, bool& place) : Option(name, Kind::boolean, &place) {}
  Option(std::string_view name, std::string& place) : Option(name, Kind::text, &place) {}
  Option(std::string_view name, std::array<double, 2>& place) : Option(name, Kind::pair, &place) {}
  Option(std::string_view name, std::vector<double>& place) : Option(name, Kind::list, &place) {}

  std::string_view name() const { return name_; }
  Kind kind() const { return kind_; }
  double& number() const { return *static_cast<double*>(place_); }
  int64_t& integer() const { return *static_cast<int64_t*>(place_); }
  bool& boolean() const { return *static_cast<bool*>(place_); }
  std::string& text() const { return *static_cast<std::string*>(place_); }
  std::array<double, 2>& pair() const { return *static_cast<std::array<double, 2>*>(place_); }
  std::vector<double>& list() const { return *static_cast<std::vector<double>*>(place_); }

  /// The value as a tensor on the cpu.
  Tensor to_tensor() const;
  /// "0.1", "True", "(0.9, 0.999)", "None" for an empty text.
  std::string to_string() const;

 private:
  Option(std::string_view name, Kind kind, void* place) : name_(name), kind_(kind), place_(place) {}
  std::string_view name_;
  Kind kind_;
  void* place_;
};

/// Reads a state dict from front to back: notes all that does not fit, and what is to be done if
/// everything does. Nothing is changed before finish().
///
///     StateReader reader(state);
///     auto epoch = std::make_shared<int64_t>();
///     reader.read("", {"last_epoch", *epoch});
///     reader.then([this, epoch] { last_epoch_ = *epoch; });
///     reader.finish("MyScheduler");
class WICK_API StateReader {
 public:
  explicit StateReader(const StateDict& state) : state_(&state) {}

  bool has(const std::string& name) const { return state_->contains(name); }
  /// Reads the entry prefix + option.name() into the option's place; a list keeps its length.
  void read(const std::string& prefix, const Option& option);
  /// The entry `name`, which must have this shape and be floating point; an undefined tensor where
  /// it has not, or is missing (which is no problem if it is `optional`).
  Tensor tensor(const std::string& name, const Shape& shape, bool optional = false);
  /// The entry `name` as numbers, of any dtype and at most one dimension; none if it is missing.
  std::vector<double> numbers(const std::string& name);
  /// Notes a problem.
  void fail(std::string problem);
  /// Is called by finish() if there is no problem; must not throw.
  void then(Callback<void()> action);
  /// Throws ValueError with all problems, entries that nobody has read among them, or else does
  /// what has to be done.
  void finish(std::string_view what);

 private:
  /// The entry `name` if it has elements, or a problem and none.
  const Tensor* take(const std::string& name);
  void wrong_shape(const std::string& name, const Tensor& found, const std::string& wanted);

  const StateDict* state_;
  std::vector<std::string> used_;
  std::vector<std::string> missing_;
  std::vector<std::string> problems_;
  std::vector<Callback<void()>> actions_;
};

}  // namespace wick::optim
