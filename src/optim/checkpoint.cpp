#include "wick/checkpoint.h"

#include <fmt/format.h>

#include <map>

#include "wick/error.h"
#include "wick/io/safetensors.h"
#include "wick/ops.h"

namespace wick {
namespace {

constexpr std::string_view epoch_name = "epoch";
constexpr std::string_view generator_entry = "state";

nn::StateDict generator_state(const Generator& generator) {
  nn::StateDict state;
  state.set(generator_entry, tensor(generator.get_state()));
  return state;
}

void load_generator(Generator& generator, const nn::StateDict& state) {
  for (const auto& [name, bytes] : state) {
    if (name != generator_entry || bytes.dtype() != DType::uint8)
      throw ValueError(fmt::format("expected the bytes of a generator, got \"{}\"", name));
    generator.set_state(bytes.contiguous().span<const uint8_t>());
    return;
  }
  throw ValueError("the state of the generator is missing");
}

/// Copies, which do not change when training goes on.
nn::StateDict copy_of(const nn::StateDict& state) {
  nn::StateDict copy;
  for (const auto& [name, value] : state) copy.set(name, value.clone());
  return copy;
}

}  // namespace

Checkpoint::Checkpoint() { add("generator", default_generator()); }

Checkpoint::Checkpoint(nn::Module& model, optim::Optimizer& optimizer) : Checkpoint() {
  add("model", model);
  add("optimizer", optimizer);
}

Checkpoint::Checkpoint(nn::Module& model, optim::Optimizer& optimizer,
                       optim::LRScheduler& scheduler)
    : Checkpoint(model, optimizer) {
  add("scheduler", scheduler);
}

void Checkpoint::add_part(Part part) {
  if (part.name.empty() || part.name.find('.') != std::string::npos || part.name == epoch_name)
    throw ValueError(fmt::format(
        "a part of a checkpoint needs a name without a dot other than \"epoch\", got \"{}\"",
        part.name));
  for (const Part& other : parts_)
    if (other.name == part.name)
      throw ValueError(fmt::format("the checkpoint has a part called \"{}\" already", part.name));
  parts_.push_back(std::move(part));
}

Checkpoint& Checkpoint::add(std::string name, Generator& generator) {
  add_part({std::move(name), [&generator] { return generator_state(generator); },
            [&generator](const nn::StateDict& state) { load_generator(generator, state); }});
  return *this;
}

void Checkpoint::save(const std::string& path, int64_t epoch) const {
  nn::StateDict entries;
  for (const Part& part : parts_)
    for (const auto& [name, value] : part.state()) entries.set(part.name + "." + name, value);
  entries.set(epoch_name, full({}, Scalar(epoch), DType::int64));
  io::save_safetensors(path, entries);
}

int64_t Checkpoint::load(const std::string& path) {
  std::map<std::string, nn::StateDict, std::less<>> found;
  for (const Part& part : parts_) found[part.name];
  std::optional<int64_t> epoch;
  for (const auto& [name, value] : io::load_safetensors(path)) {
    const size_t dot = name.find('.');
    if (name == epoch_name && value.numel() == 1 && value.dtype() == DType::int64) {
      epoch = value.item<int64_t>();
      continue;
    }
    const auto part = found.find(std::string_view(name).substr(0, dot));
    if (dot == std::string::npos || part == found.end())
      throw FileError(fmt::format("{}: \"{}\" belongs to no part of this run", path, name));
    part->second.set(name.substr(dot + 1), value);
  }
  if (!epoch || *epoch < 0)
    throw FileError(
        fmt::format("{}: not a checkpoint: it does not say which epoch it is of", path));
  std::vector<nn::StateDict> before;
  for (const Part& part : parts_) before.push_back(copy_of(part.state()));
  size_t at = 0;
  try {
    for (; at < parts_.size(); ++at) parts_[at].load(found.find(parts_[at].name)->second);
  } catch (const Error& error) {
    for (size_t i = 0; i < at; ++i) parts_[i].load(before[i]);
    throw FileError(fmt::format("{}: {}: {}", path, parts_[at].name, error.what()));
  }
  return *epoch;
}

}  // namespace wick
