#include "wick/checkpoint.h"

#include <fmt/format.h>

#include <map>

#include "wick/error.h"
#include "wick/format.h"
#include "wick/io/safetensors.h"
#include "wick/ops.h"
#include "wick/optim/state.h"

namespace wick {
namespace {

constexpr std::string_view epoch_name = "epoch";
constexpr std::string_view generator_entry = "state";
constexpr std::string_view value_entry = "";  // a variable has no dot in its name

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

/// Makes a tensor of a variable.
class Checkpoint::Writer final : public Checkpoint::Use {
 public:
  Tensor result;
  void operator()(double& value) override { result = optim::Option("", value).to_tensor(); }
  void operator()(int64_t& value) override { result = optim::Option("", value).to_tensor(); }
  void operator()(bool& value) override { result = optim::Option("", value).to_tensor(); }
  void operator()(std::string& value) override { result = optim::Option("", value).to_tensor(); }
  void operator()(std::vector<double>& value) override {
    result = optim::Option("", value).to_tensor();
  }
};

/// Sets a variable to what a tensor says, if it says just that.
class Checkpoint::Reader final : public Checkpoint::Use {
 public:
  explicit Reader(const Tensor& t) : from_(t) {}
  void operator()(double& value) override {
    require(DType::float64, 0, "a number (float64)");
    value = from_.item<double>();
  }
  void operator()(int64_t& value) override {
    require(DType::int64, 0, "an integer (int64)");
    value = from_.item<int64_t>();
  }
  void operator()(bool& value) override {
    require(DType::bool_, 0, "a bool");
    value = from_.item<bool>();
  }
  void operator()(std::string& value) override {
    require(DType::uint8, 1, "the bytes of a text (uint8)");
    const std::vector<uint8_t> bytes = from_.to_vector<uint8_t>();
    value.assign(bytes.begin(), bytes.end());
  }
  void operator()(std::vector<double>& value) override {
    require(DType::float64, 1, "a list of numbers (float64)");
    value = from_.to_vector<double>();
  }

 private:
  void require(DType dtype, int64_t dim, std::string_view what) const {
    if (from_.dtype() != dtype || from_.dim() != dim)
      throw ValueError(fmt::format("expected {}, got a tensor of shape {} and dtype {}", what,
                                   from_.shape(), from_.dtype()));
  }
  const Tensor& from_;
};

Checkpoint::Checkpoint() { add("generator", default_generator()); }

Checkpoint::Checkpoint(nn::ModuleBase& model, optim::Optimizer& optimizer) : Checkpoint() {
  add("model", model);
  add("optimizer", optimizer);
}

Checkpoint::Checkpoint(nn::ModuleBase& model, optim::Optimizer& optimizer,
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

Checkpoint& Checkpoint::add_value(std::string name, const Callback<void(Use&)>& visit) {
  add_part({std::move(name),
            [visit] {
              Writer writer;
              visit(writer);
              nn::StateDict state;
              state.set(value_entry, writer.result);
              return state;
            },
            [visit](const nn::StateDict& state) {
              if (state.size() != 1 || !state.contains(value_entry))
                throw ValueError(state.empty() ? "it is missing" : "expected a single value");
              Reader reader(state[value_entry]);
              visit(reader);
            }});
  return *this;
}

Checkpoint& Checkpoint::add(std::string name, std::string& text) {
  return add_value(std::move(name), [&text](Use& use) { use(text); });
}

Checkpoint& Checkpoint::add(std::string name, std::vector<double>& numbers) {
  return add_value(std::move(name), [&numbers](Use& use) { use(numbers); });
}

void Checkpoint::fail_range() {
  throw ValueError("the number is out of the range of the type that it is kept in");
}

void Checkpoint::save(const std::string& path, int64_t epoch) const {
  nn::StateDict entries;
  for (const Part& part : parts_)
    for (const auto& [name, value] : part.state())
      entries.set(name == value_entry ? part.name : part.name + "." + name, value);
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
    if (part == found.end())
      throw FileError(fmt::format("{}: \"{}\" belongs to no part of this run", path, name));
    part->second.set(dot == std::string::npos ? value_entry : name.substr(dot + 1), value);
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
