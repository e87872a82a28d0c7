#include "nn/model/option_json.h"

#include <array>
#include <cmath>

#include "nn/python_text.h"
#include "wick/format.h"
#include "wick/nn/option.h"

namespace wick::nn::model {
namespace {

using Kind = JsonValue::Kind;

constexpr std::array dtypes{float32, float64, bfloat16, float16, int64, int32, uint8, bool_};

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
bool read(const JsonValue& value, DType& option) {
  for (const DType dtype : dtypes)
    if (value.is(Kind::string) && value.text == name(dtype)) {
      option = dtype;
      return true;
    }
  return false;
}
bool read(const JsonValue& value, StringOrShape& option) {
  std::string text;
  Shape shape;
  if (read(value, text))
    option = std::move(text);
  else if (read(value, shape))
    option = shape;
  else
    return false;
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
/// A list, or one item without a list around it.
template <class T>
bool read(const JsonValue& value, std::vector<T>& option) {
  std::vector<T> list;
  T item{};
  if (!value.is(Kind::array)) {
    if (value.is(Kind::null) || !read(value, item)) return false;
    option = {item};
    return true;
  }
  if (value.items.size() > Shape::max_rank) return false;
  for (const JsonValue& element : value.items) {
    if (!read(element, item)) return false;
    list.push_back(item);
  }
  option = std::move(list);
  return true;
}

std::string text_of(const bool&) { return "true or false"; }
std::string text_of(const int64_t&) { return "an integer"; }
std::string text_of(const double&) { return "a number"; }
std::string text_of(const std::string&) { return "a string"; }
std::string text_of(const Shape&) { return "a list of at most 16 integers"; }
std::string text_of(const DType&) {
  return R"("float32", "float64", "bfloat16", "float16", "int64", "int32", "uint8" or "bool")";
}
std::string text_of(const StringOrShape&) { return "a string or a list of at most 16 integers"; }
std::string text_of(const std::vector<double>&) { return "a list of at most 16 numbers"; }
std::string text_of(const std::vector<std::optional<int64_t>>&) {
  return "a list of at most 16 integers and nulls";
}
template <class T>
std::string text_of(const std::optional<T>&) {
  return text_of(T{}) + " or null";
}

std::string name_of(const bool&) { return "boolean"; }
std::string name_of(const int64_t&) { return "integer"; }
std::string name_of(const double&) { return "number"; }
std::string name_of(const std::string&) { return "string"; }
std::string name_of(const Shape&) { return "list of integers"; }
std::string name_of(const DType&) { return "dtype"; }
std::string name_of(const StringOrShape&) { return "string or list of integers"; }
std::string name_of(const std::vector<double>&) { return "list of numbers"; }
std::string name_of(const std::vector<std::optional<int64_t>>&) {
  return "list of integers and nulls";
}
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
Json json_of(std::string_view, const DType& value) { return name(value); }
Json json_of(std::string_view name, const StringOrShape& value) {
  return std::visit([&](const auto& v) { return json_of(name, v); }, value);
}
template <class T>
Json json_of(std::string_view name, const std::optional<T>& value) {
  return value ? json_of(name, *value) : Json();
}
template <class T>
Json json_of(std::string_view name, const std::vector<T>& value) {
  Json list = Json::array();
  for (const T& item : value) list.push_back(json_of(name, item));
  return list;
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
