#include <algorithm>

#include "nn/near_names.h"
#include "wick/format.h"
#include "wick/nn/module.h"
#include "wick/seeded_hash.h"

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

StateDict::StateDict(std::initializer_list<std::pair<std::string, Tensor>> entries) {
  for (const auto& [name, tensor] : entries) set(name, tensor);
}

size_t StateDict::slot_of(std::string_view name) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = wick::detail::SeededHash()(name) & mask;  // the names come out of files
  while (slots_[slot] != 0 && entries_[slots_[slot] - 1].first != name) slot = (slot + 1) & mask;
  return slot;
}

const Tensor* StateDict::find(std::string_view name) const {
  if (slots_.empty()) return nullptr;
  const uint32_t at = slots_[slot_of(name)];
  return at == 0 ? nullptr : &entries_[at - 1].second;
}

void StateDict::rebuild(size_t places) {
  slots_.assign(places, 0);
  for (size_t i = 0; i < entries_.size(); ++i)
    slots_[slot_of(entries_[i].first)] = static_cast<uint32_t>(i + 1);
}

const Tensor& StateDict::operator[](std::string_view name) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  std::vector<std::string_view> names;
  for (const auto& [key, tensor] : entries_) names.push_back(key);
  throw IndexError(fmt::format("state dict has no key \"{}\"{}", name, did_you_mean(name, names)));
}

void StateDict::set(std::string_view name, Tensor value) {
  if (2 * (entries_.size() + 1) > slots_.size()) rebuild(std::max<size_t>(16, 2 * slots_.size()));
  uint32_t& at = slots_[slot_of(name)];
  if (at != 0) {
    entries_[at - 1].second = std::move(value);
    return;
  }
  entries_.emplace_back(name, std::move(value));
  at = static_cast<uint32_t>(entries_.size());
}

bool StateDict::erase(std::string_view name) {
  if (std::erase_if(entries_, [name](const auto& entry) { return entry.first == name; }) == 0)
    return false;
  rebuild(slots_.size());
  return true;
}

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
