#include "wick/state_dict.h"

#include <algorithm>

#include "nn/near_names.h"
#include "wick/format.h"
#include "wick/seeded_hash.h"

namespace wick {

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
  throw IndexError(
      fmt::format("state dict has no key \"{}\"{}", name, nn::did_you_mean(name, names)));
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

}  // namespace wick
