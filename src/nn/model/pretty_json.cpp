#include "nn/model/pretty_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace wick::nn::model {
namespace {

using nlohmann::ordered_json;

bool has_object(const ordered_json& json) {
  if (json.is_object()) return true;
  return json.is_array() &&
         std::any_of(json.begin(), json.end(), [](const auto& item) { return has_object(item); });
}

std::string key_text(const std::string& key) { return ordered_json(key).dump() + ": "; }

std::string one_line(const ordered_json& json) {
  if (!json.is_structured()) return json.dump();
  std::vector<std::string> parts;
  for (const auto& [key, value] : json.items())
    parts.push_back(json.is_object() ? key_text(key) + one_line(value) : one_line(value));
  const std::string text = fmt::format("{}", fmt::join(parts, ", "));
  return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

void print(const ordered_json& json, size_t indent, std::string& out) {
  constexpr size_t width = 100;
  const bool nested = std::any_of(json.begin(), json.end(), has_object);
  if (!json.is_structured() || json.empty() || (!nested && indent > 0)) {
    std::string line = one_line(json);
    if (!json.is_structured() || indent + line.size() <= width) {
      out += line;
      return;
    }
  }
  out += json.is_object() ? "{" : "[";
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    if (json.is_object()) out += key_text(key);
    print(value, indent + 2, out);
  }
  out += "\n" + std::string(indent, ' ') + (json.is_object() ? "}" : "]");
}

}  // namespace

std::string pretty_json(const ordered_json& json) {
  std::string text;
  print(json, 0, text);
  return text + "\n";
}

}  // namespace wick::nn::model
