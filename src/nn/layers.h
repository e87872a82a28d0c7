// The table of layers: what model files, the schema, the summary and the generic tests know.
#pragma once

#include <span>
#include <string_view>

#include "wick/nn/any_module.h"

namespace wick::nn::detail {

struct LayerType {
  std::string_view name;
  /// Builds the layer; `options` sees its Options with their defaults and may change them first.
  AnyModule (*make)(Visitor& options);
  /// One with sensible sizes, and the shape of an input that it takes.
  AnyModule (*example)();
  Shape input;
};

/// Every layer of the library, by name.
std::span<const LayerType> layer_types();

}  // namespace wick::nn::detail
