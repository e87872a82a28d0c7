// Options of layers and JSON values, in both directions.
#pragma once

#include <optional>
#include <string>

#include "nn/model/json.h"
#include "nn/model/json_text.h"
#include "wick/nn/visitor.h"

namespace wick::nn::model {

/// True if `option` holds what says that it has to be given: `required`, or an empty Shape.
bool must_be_given(const Visitor::Option& option);

/// Gives an option that has to be given a value with which a layer can be made.
void give_required(const Visitor::Option& option);

/// "an integer", "true or false", ...: what a model file has to have there.
std::string type_text(const Visitor::Option& option);

/// The name of that type in an OptionDescription: "integer", "boolean or null", ...
std::string type_name(const Visitor::Option& option);

/// Puts `value` into the option. Returns "", or, if it does not fit, "must be an integer".
std::string read_option(const JsonValue& value, const Visitor::Option& option);

/// The option as JSON. Throws ValueError for numbers that JSON does not have, with `name` in it.
Json option_json(std::string_view name, const ConstVisitor::Option& option);
Json option_json(std::string_view name, const Visitor::Option& option);

}  // namespace wick::nn::model
