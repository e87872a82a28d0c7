#include <algorithm>

#include "nn/near_names.h"
#include "wick/autograd.h"
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
  std::string text = fmt::format("Error(s) in loading state_dict for {}:", report.module);
  for (const std::string& line : lines) text += "\n\t" + line;
  return text;
}

/// `state` with its entries called what `rename` says.
StateDict renamed(const StateDict& state, const LoadOptions& options) {
  if (!options.rename) return state;
  StateDict result;
  for (const auto& [name, tensor] : state) {
    const std::string wanted = options.rename(name);
    if (result.contains(wanted))
      throw ValueError(fmt::format("load_state_dict: two entries are renamed to \"{}\"", wanted));
    result.set(wanted, tensor);
  }
  return result;
}

}  // namespace

StateDict::StateDict(std::initializer_list<std::pair<std::string, Tensor>> entries) {
  for (const auto& [name, tensor] : entries) set(name, tensor);
}

size_t StateDict::slot_of(std::string_view name) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = detail::SeededHash()(name) & mask;  // the names come out of files
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
  return missing.empty() && unexpected.empty() && mismatched.empty() && undefined.empty();
}

std::string LoadReport::to_string() const {
  if (ok()) return "<All keys matched successfully>";
  if (!mismatched.empty() || !undefined.empty()) return error_text(*this);
  return fmt::format("_IncompatibleKeys(missing_keys={}, unexpected_keys={})", listed(missing),
                     listed(unexpected));
}

LoadStateDictError::LoadStateDictError(LoadReport report)
    : Error(error_text(report)), report_(std::move(report)) {}
LoadStateDictError::~LoadStateDictError() = default;

LoadReport Module::load_state_dict(const StateDict& given, const LoadOptions& options) {
  const StateDict state = renamed(given, options);
  const StateDict mine = state_dict();
  LoadReport report;
  report.module = std::string(type_name());
  for (const auto& [name, tensor] : mine) {
    if (!state.contains(name)) {
      report.missing.push_back(name);
    } else if (const Tensor& source = state[name]; !source.defined()) {
      report.undefined.push_back(name);
    } else if (source.shape() != tensor.shape()) {
      report.mismatched.push_back({name, source.shape(), tensor.shape()});
    }
  }
  for (const auto& [name, tensor] : state)
    if (!mine.contains(name)) report.unexpected.push_back(name);
  NearNames missing_names(report.missing);
  for (const std::string& name : report.unexpected) {
    const std::string near = missing_names.nearest(name);
    if (!near.empty()) report.near_names.emplace_back(name, near);
  }
  const bool keys_ok = report.missing.empty() && report.unexpected.empty();
  if (!report.mismatched.empty() || !report.undefined.empty() || (options.strict && !keys_ok))
    throw LoadStateDictError(std::move(report));

  const NoGradGuard guard;
  // All are looked at first: one that cannot be read must not leave half of the module changed.
  std::vector<std::pair<Tensor, Tensor>> copies;
  NamedTensors targets = named_parameters();
  for (auto& entry : named_buffers()) targets.push_back(std::move(entry));
  for (const auto& [name, tensor] : targets) {
    if (!state.contains(name)) continue;
    const Tensor& source = state[name];
    if (source.is_meta() && !tensor.is_meta())
      throw TypeError(fmt::format(
          "load_state_dict: \"{}\" is on the meta device and has no elements to copy", name));
    if (options.assign && source.is_floating_point() != tensor.is_floating_point())
      throw TypeError(
          fmt::format("load_state_dict: cannot assign a {} tensor to \"{}\", which is {}",
                      source.dtype(), name, tensor.dtype()));
    copies.emplace_back(tensor, source);
  }
  for (const auto& [to, from] : copies) {
    if (options.assign)
      to.set_data(from);
    else
      to.copy_(from);
  }
  return report;
}

}  // namespace wick::nn
