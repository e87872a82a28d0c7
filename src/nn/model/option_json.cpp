#include "nn/model/option_json.h"

#include <cmath>

#include "nn/python_text.h"
#include "wick/format.h"
#include "wick/nn/option.h"

namespace wick::nn::model {
namespace {

using Kind = JsonValue::Kind;

// One overload of each for a type of option: may `value` be read, what is it called, how is it
// written.

bool read(const JsonValue& value, bool& option) {
  if (!value.is(Kind::boolean)) return false;
  option = value.boolean;
  return true;
}
bool read(const JsonValue& value, int64_t& option) {
  constexpr double exact = 0x1p53;  // beyond, not every integer is a double
  if (value.is(Kind::integer)) {
    option = value.integer;
  } else if (value.is(Kind::real) && value.real == std::floor(value.real) &&
             std::abs(value.real) <= exact) {
    option = static_cast<int64_t>(value.real);  // 512.0 is an integer in JSON Schema too
  } else {
    return false;
  }
  return true;
}
bool read(const JsonValue& value, double& option) {
  if (value.is(Kind::integer))
    option = static_cast<double>(value.integer);
  else if (value.is(Kind::real))
    option = value.real;
  else
    return false;
  return true;
}
bool read(const JsonValue& value, std::string& option) {
  if (!value.is(Kind::string)) return false;
  option = value.text;
  return true;
}
bool read(const JsonValue& value, Shape& option) {
  Shape shape;
  int64_t size = 0;
  if (read(value, size)) {  // one size needs no list
    option = {size};
    return true;
  }
  if (!value.is(Kind::array) || value.items.size() > Shape::max_rank) return false;
  for (const JsonValue& item : value.items) {
    if (!read(item, size)) return false;
    shape.push_back(size);
  }
  option = shape;
  return true;
}
template <class T>
bool read(const JsonValue& value, std::optional<T>& option) {
  if (value.is(Kind::null)) {
    option.reset();
    return true;
  }
  T inner{};
  if (!read(value, inner)) return false;
  option = inner;
  return true;
}

std::string text_of(const bool&) { return "true or false"; }
std::string text_of(const int64_t&) { return "an integer"; }
std::string text_of(const double&) { return "a number"; }
std::string text_of(const std::string&) { return "a string"; }
std::string text_of(const Shape&) { return "a list of at most 16 integers"; }
template <class T>
std::string text_of(const std::optional<T>&) {
  return text_of(T{}) + " or null";
}

std::string name_of(const bool&) { return "boolean"; }
std::string name_of(const int64_t&) { return "integer"; }
std::string name_of(const double&) { return "number"; }
std::string name_of(const std::string&) { return "string"; }
std::string name_of(const Shape&) { return "list of integers"; }
template <class T>
std::string name_of(const std::optional<T>&) {
  return name_of(T{}) + " or null";
}

template <class T>
Json json_of(std::string_view, const T& value) {
  return value;
}
Json json_of(std::string_view name, const double& value) {
  if (!std::isfinite(value))
    throw ValueError(fmt::format("JSON has no number for {} = {}", name, python_text(value)));
  return value;
}
Json json_of(std::string_view, const Shape& value) { return value.to_vector(); }
template <class T>
Json json_of(std::string_view name, const std::optional<T>& value) {
  return value ? json_of(name, *value) : Json();
}

}  // namespace

bool must_be_given(const Visitor::Option& option) {
  if (int64_t* const* n = std::get_if<int64_t*>(&option)) return **n == required;
  if (Shape* const* shape = std::get_if<Shape*>(&option)) return (*shape)->empty();
  return false;
}

void give_required(const Visitor::Option& option) {
  if (!must_be_given(option)) return;
  if (int64_t* const* n = std::get_if<int64_t*>(&option)) **n = 1;
  if (Shape* const* shape = std::get_if<Shape*>(&option)) **shape = {1};
}

std::string type_text(const Visitor::Option& option) {
  return std::visit([](const auto* value) { return text_of(*value); }, option);
}

std::string type_name(const Visitor::Option& option) {
  return std::visit([](const auto* value) { return name_of(*value); }, option);
}

std::string read_option(const JsonValue& value, const Visitor::Option& option) {
  const bool fits = std::visit([&](auto* v) { return read(value, *v); }, option);
  return fits ? "" : "must be " + type_text(option);
}

Json option_json(std::string_view name, const ConstVisitor::Option& option) {
  return std::visit([&](const auto* value) { return json_of(name, *value); }, option);
}
Json option_json(std::string_view name, const Visitor::Option& option) {
  return std::visit([&](const auto* value) { return json_of(name, *value); }, option);
}

}  // namespace wick::nn::model
