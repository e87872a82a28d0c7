#include "nn/model/pretty_json.h"

#include <algorithm>

namespace wick::nn::model {
namespace {

bool has_object(const Json& json) {
  return json.is_object() || std::any_of(json.items().begin(), json.items().end(), has_object);
}

/// True if something inside is an object.
bool is_nested(const Json& json) {
  return std::any_of(json.items().begin(), json.items().end(), has_object) ||
         std::any_of(json.entries().begin(), json.entries().end(),
                     [](const JsonEntry& entry) { return has_object(entry.value); });
}

void print(const Json& json, size_t indent, std::string& out) {
  constexpr size_t width = 100;
  if (!json.is_structured() || json.empty() || (indent > 0 && !is_nested(json))) {
    const std::string line = json.dump();
    if (!json.is_structured() || indent + line.size() <= width) {
      out += line;
      return;
    }
  }
  bool first = true;
  const auto entry = [&](std::string_view key, const Json& value) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    out += key;
    print(value, indent + 2, out);
  };
  out += json.is_object() ? "{" : "[";
  for (const Json& item : json.items()) entry("", item);
  for (const JsonEntry& e : json.entries()) entry(Json::dump_text(e.key) + ": ", e.value);
  out += "\n" + std::string(indent, ' ') + (json.is_object() ? "}" : "]");
}

}  // namespace

std::string pretty_json(const Json& json) {
  std::string text;
  print(json, 0, text);
  return text + "\n";
}

}  // namespace wick::nn::model
