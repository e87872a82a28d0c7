#include "nn/model/pretty_json.h"

#include <algorithm>

namespace wick::nn::model {
namespace {

bool has_object(const Json& json) {
  return json.is_object() || std::any_of(json.items().begin(), json.items().end(), has_object);
}

void print(const Json& json, size_t indent, std::string& out) {
  constexpr size_t width = 100;
  const std::vector<Json>& items = json.items();
  const bool nested = std::any_of(items.begin(), items.end(), has_object);
  if (!json.is_structured() || json.empty() || (indent > 0 && !nested)) {
    const std::string line = json.dump();
    if (!json.is_structured() || indent + line.size() <= width) {
      out += line;
      return;
    }
  }
  out += json.is_object() ? "{" : "[";
  for (size_t i = 0; i < items.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out.append(indent + 2, ' ');
    if (json.is_object()) out += Json::dump_text(json.keys()[i]) + ": ";
    print(items[i], indent + 2, out);
  }
  out += "\n" + std::string(indent, ' ') + (json.is_object() ? "}" : "]");
}

}  // namespace

std::string pretty_json(const Json& json) {
  std::string text;
  print(json, 0, text);
  return text + "\n";
}

}  // namespace wick::nn::model
