/// \file
/// What a model's tensors are outside of the model: NamedTensors and StateDict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wick/tensor.h"

namespace wick {

/// Tensors and their dotted names, in order.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Tensors by name, in the order in which they were added (for state_dict(), of the module's
/// fields). Finding a name takes constant time, whoever chose the names.
///
///     wick::StateDict state = model.state_dict();
///     state["linear1.weight"].shape();
///     for (const auto& [name, tensor] : state) ...
class WICK_API StateDict {
 public:
  StateDict() = default;
  StateDict(std::initializer_list<std::pair<std::string, Tensor>> entries);

  /// The tensor called `name`; throws IndexError, with the nearest names, if there is none.
  const Tensor& operator[](std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Adds or replaces an entry.
  void set(std::string_view name, Tensor value);
  /// Removes an entry; false if there was none.
  bool erase(std::string_view name);

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  /// Where `name` stands in slots_, or the free slot where it belongs.
  size_t slot_of(std::string_view name) const;
  const Tensor* find(std::string_view name) const;
  void rebuild(size_t places);

  NamedTensors entries_;
  std::vector<uint32_t> slots_;  // a hash table: position in entries_ + 1, or 0 where free
};

}  // namespace wick
