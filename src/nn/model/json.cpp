#include "nn/model/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/model/json_text.h"
#include "wick/format.h"

namespace wick::nn::model {

Json::Json(std::initializer_list<Json> items) {
  const auto is_pair = [](const Json& item) {
    return item.is_array() && item.items_.size() == 2 && item.items_[0].kind_ == Kind::string;
  };
  if (items.size() == 0 || !std::all_of(items.begin(), items.end(), is_pair)) {
    kind_ = Kind::array;
    items_ = items;
    return;
  }
  kind_ = Kind::object;
  for (const Json& item : items) add(item.items_[0].text_, item.items_[1]);
}

const Json* Json::find(std::string_view key) const {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  return found == keys_.end() ? nullptr : &items_[static_cast<size_t>(found - keys_.begin())];
}

Json& Json::operator[](std::string_view key) {
  if (const Json* value = find(key)) return const_cast<Json&>(*value);
  add(std::string(key), {});
  return items_.back();
}

void Json::push_back(Json value) {
  kind_ = Kind::array;
  items_.push_back(std::move(value));
}

void Json::add(std::string key, Json value) {
  kind_ = Kind::object;
  keys_.push_back(std::move(key));
  items_.push_back(std::move(value));
}

void Json::append(Json object) {
  for (size_t i = 0; i < object.keys_.size(); ++i)
    add(std::move(object.keys_[i]), std::move(object.items_[i]));
}

bool Json::operator==(const Json& other) const {
  return kind_ == other.kind_ && integer_ == other.integer_ && real_ == other.real_ &&
         text_ == other.text_ && items_ == other.items_ && keys_ == other.keys_;
}

std::string Json::dump_text(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw ValueError(fmt::format("JSON has no text that is not UTF-8: {}", quoted_name(text)));
  }
}

std::string Json::dump() const {
  switch (kind_) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return integer_ != 0 ? "true" : "false";
    case Kind::integer:
      return std::to_string(integer_);
    case Kind::real:
      return nlohmann::json(real_).dump();
    case Kind::string:
      return dump_text(text_);
    case Kind::raw:
      return text_;
    case Kind::array:
    case Kind::object:
      break;
  }
  std::string text;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (i > 0) text += ", ";
    if (is_object()) text += dump_text(keys_[i]) + ": ";
    text += items_[i].dump();
  }
  return is_object() ? "{" + text + "}" : "[" + text + "]";
}

Json Json::parsed(std::string_view text) {
  struct Converter {
    std::string_view text;
    Json operator()(const JsonValue& value) const {
      Json json;
      switch (value.kind) {
        case JsonValue::Kind::null:
          break;
        case JsonValue::Kind::boolean:
          return Json(value.boolean);
        case JsonValue::Kind::string:
          return Json(value.text);
        case JsonValue::Kind::integer:
        case JsonValue::Kind::real:
          json.kind_ = Kind::raw;
          json.text_ = std::string(text.substr(value.begin, value.end - value.begin));
          break;
        case JsonValue::Kind::array:
          json.kind_ = Kind::array;
          for (const JsonValue& item : value.items) json.items_.push_back((*this)(item));
          break;
        case JsonValue::Kind::object:
          json.kind_ = Kind::object;
          for (const JsonMember& m : value.members) json.add(m.key, (*this)(m.value));
          break;
      }
      return json;
    }
  };
  Problems problems("<json>", text);
  const JsonValue value = parse_json(text, problems);
  problems.throw_if_any();
  return Converter{text}(value);
}

}  // namespace wick::nn::model
