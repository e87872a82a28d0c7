// Rename: the rules that turn one set of names into another.
#include <regex>

#include "wick/format.h"
#include "wick/nn/state_dict.h"

namespace wick::nn {
namespace {

constexpr size_t longest_name = 1000;  // std::regex recurses once per character

}  // namespace

Rename& Rename::prefix(std::string from, std::string to) {
  rules_.emplace_back([from = std::move(from), to = std::move(to)](std::string_view name) {
    if (!name.starts_with(from)) return std::string(name);
    return to + std::string(name.substr(from.size()));
  });
  return *this;
}

Rename& Rename::regex(std::string pattern, std::string replacement) {
  std::regex compiled;
  try {
    compiled = std::regex(pattern);
  } catch (const std::regex_error& error) {
    throw ValueError(
        fmt::format("Rename: \"{}\" is not a regular expression: {}", pattern, error.what()));
  }
  rules_.emplace_back([compiled = std::move(compiled),
                       replacement = std::move(replacement)](std::string_view name) {
    if (name.size() > longest_name)
      throw ValueError(fmt::format("Rename: a regex takes names of up to {} characters, got {}",
                                   longest_name, name.size()));
    return std::regex_replace(std::string(name), compiled, replacement);
  });
  return *this;
}

std::string Rename::operator()(std::string_view name) const {
  std::string result(name);
  for (const auto& rule : rules_) result = rule(result);
  return result;
}

}  // namespace wick::nn
