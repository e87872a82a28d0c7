/// \file
/// How options and numbers enter a state dict, which holds nothing but tensors (so that it can be
/// saved as a safetensors file), and how they are read from one: all or nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wick/callback.h"
#include "wick/nn/state_dict.h"
#include "wick/optim/option.h"

namespace wick::optim {

using nn::StateDict;

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
