// JSON laid out for people.
#pragma once

#include <string>

#include "nn/model/json.h"

namespace wick::nn::model {

/// The outermost object or array has an entry a line; inner ones stand on one line where they fit
/// and hold no other object. Ends with a new line.
std::string pretty_json(const Json& json);

}  // namespace wick::nn::model
