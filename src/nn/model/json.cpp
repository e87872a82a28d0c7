#include "nn/model/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/model/json_text.h"
#include "wick/format.h"

namespace wick::nn::model {
namespace {

/// A list without its brackets, or an object without its braces.
template <class List, class Text>
std::string joined(const List& list, const Text& text_of) {
  std::string text;
  for (const auto& item : list) {
    if (!text.empty()) text += ", ";
    text += text_of(item);
  }
  return text;
}

}  // namespace

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
  for (const Json& item : items) entries_.push_back({item.items_[0].text_, item.items_[1]});
}

const Json* Json::find(std::string_view key) const {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [key](const JsonEntry& e) { return e.key == key; });
  return entry == entries_.end() ? nullptr : &entry->value;
}

Json& Json::operator[](std::string_view key) {
  if (const Json* value = find(key)) return const_cast<Json&>(*value);
  add(std::string(key), {});
  return entries_.back().value;
}

void Json::push_back(Json value) {
  kind_ = Kind::array;
  items_.push_back(std::move(value));
}

void Json::add(std::string key, Json value) {
  kind_ = Kind::object;
  entries_.push_back({std::move(key), std::move(value)});
}

void Json::append(Json object) {
  for (JsonEntry& entry : object.entries_) add(std::move(entry.key), std::move(entry.value));
}

bool Json::operator==(const Json& other) const {
  return kind_ == other.kind_ && integer_ == other.integer_ && real_ == other.real_ &&
         text_ == other.text_ && items_ == other.items_ && entries_ == other.entries_;
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
      return "[" + joined(items_, [](const Json& item) { return item.dump(); }) + "]";
    case Kind::object:
      break;
  }
  return "{" +
         joined(entries_,
                [](const JsonEntry& e) { return dump_text(e.key) + ": " + e.value.dump(); }) +
         "}";
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
