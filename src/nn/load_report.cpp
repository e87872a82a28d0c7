#include "wick/format.h"
#include "wick/nn/state_dict.h"

namespace wick::nn {
namespace {

/// "a", "b"
std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

/// ['a', 'b']
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return "[" + text + "]";
}

std::string error_text(const LoadReport& report) {
  std::vector<std::string> lines;
  if (!report.missing.empty())
    lines.push_back(fmt::format("Missing key(s) in state_dict: {}. ", quoted(report.missing)));
  if (!report.unexpected.empty())
    lines.push_back(
        fmt::format("Unexpected key(s) in state_dict: {}. ", quoted(report.unexpected)));
  for (const auto& [found, wanted] : report.near_names)
    lines.push_back(fmt::format("\"{}\" may be meant for \"{}\".", found, wanted));
  for (const std::string& name : report.undefined)
    lines.push_back(fmt::format(
        "While copying the parameter named \"{}\", expected a tensor but got an undefined one.",
        name));
  for (const LoadReport::Mismatch& m : report.mismatched)
    lines.push_back(fmt::format(
        "size mismatch for {}: copying a param with shape {} from checkpoint, the shape in current "
        "model is {}.",
        m.name, m.in_state, m.in_model));
  for (const auto& [first, second] : report.different)
    lines.push_back(
        fmt::format("\"{}\" and \"{}\" are tied in the module: they are one tensor, but the state "
                    "has two that differ.",
                    first, second));
  std::string text = fmt::format("Error(s) in loading state_dict for {}:", report.module);
  for (const std::string& line : lines) text += "\n\t" + line;
  return text;
}

}  // namespace

bool LoadReport::ok() const {
  return missing.empty() && unexpected.empty() && mismatched.empty() && undefined.empty() &&
         different.empty();
}

std::string LoadReport::to_string() const {
  if (ok()) return "<All keys matched successfully>";
  if (!mismatched.empty() || !undefined.empty() || !different.empty()) return error_text(*this);
  return fmt::format("_IncompatibleKeys(missing_keys={}, unexpected_keys={})", listed(missing),
                     listed(unexpected));
}

LoadStateDictError::LoadStateDictError(LoadReport report)
    : Error(error_text(report)), report_(std::move(report)) {}
LoadStateDictError::~LoadStateDictError() = default;

}  // namespace wick::nn
