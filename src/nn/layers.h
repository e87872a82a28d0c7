// The table of layers: what model files, the schema, the summary and the generic tests know.
#pragma once

#include <span>
#include <string_view>

#include "wick/nn/container.h"
#include "wick/nn/model_file.h"

namespace wick::nn::detail {

struct LayerType {
  std::string_view name;
  std::string_view summary;  ///< in a few words
  MakeLayer make;
  /// One with sensible sizes, and the shape of an input that it takes.
  AnyModule (*example)();
  Shape input;
};

/// Every layer of the library, by name.
std::span<const LayerType> layer_types();

/// A layer of the library or a registered one. Both texts stay as long as the program runs.
struct KnownLayer {
  std::string_view name;
  std::string_view summary;
  MakeLayer make;
};

/// A Sequential of these layers, whose names have been looked at: they are names, and no two are
/// the same. (append looks at all names for each.)
Sequential sequential_of(std::vector<NamedModule> layers);

/// All of them, by name.
std::vector<KnownLayer> known_layers();
/// The one called `name`, if there is one.
std::optional<KnownLayer> find_layer(std::string_view name);

}  // namespace wick::nn::detail
