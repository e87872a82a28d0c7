// Names in a model file that nobody knows.
#pragma once

#include "nn/model/json_text.h"

namespace wick::nn::model {

/// Tells `problems` of members that nobody knows, with the nearest of the `known` names.
void report_unknown_keys(const JsonValue& object, const std::string& pointer,
                         const std::vector<std::string>& known, Problems& problems);

/// Tells `problems` of a layer that nobody knows: one that is misspelt, or one that the program
/// would have to register. Gives the nearest name, or "".
std::string report_unknown_layer(const JsonValue& type, std::string pointer, std::string_view text,
                                 Problems& problems);

}  // namespace wick::nn::model
