// From the JSON of a layer to the layer.
#pragma once

#include "nn/model/json_text.h"
#include "wick/nn/any_module.h"

namespace wick::nn::model {

/// A layer and where the file describes it.
struct Built {
  const JsonValue* node = nullptr;
  std::string pointer;
  AnyModule module;          ///< moved into the layer around it, which has it as a child
  std::vector<Built> parts;  ///< of the layers inside, in order
  /// False if something is wrong with it, and `module` only takes its place.
  bool sound = true;
  /// Of the outermost: there are more layers than the limit, and they were left out.
  bool cut_off = false;
};

/// Builds the layer that `node` describes, on the default device. What is wrong is told to
/// `problems`; then the result holds what could be built, so that the rest can be looked at.
Built build_layer(const JsonValue& node, std::string pointer, std::string_view text,
                  Problems& problems);
/// The same for an array of layers: a Sequential.
Built build_list(const JsonValue& array, std::string pointer, std::string_view text,
                 Problems& problems);

}  // namespace wick::nn::model
