// Checkpoints that are damaged: each one is refused with a FileError, or loaded whole; a run is
// never left half changed.
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "catch.h"
#include "io/temporary_folder.h"
#include "wick/checkpoint.h"
#include "wick/wick.h"

using namespace wick;

namespace {

struct Run {
  explicit Run(int64_t seed) : model((manual_seed(seed), nn::Linear(2, 2)), nn::Tanh()) {}

  void step() {
    optimizer.zero_grad();
    model(randn({3, 2})).square().sum().backward();
    optimizer.step();
    scheduler.step();
  }
  /// All that it consists of, as bits.
  std::vector<std::vector<uint8_t>> bits() const {
    std::vector<std::vector<uint8_t>> all{default_generator().get_state()};
    const auto add = [&](const nn::StateDict& state) {
      for (const auto& [name, value] : state) {
        const std::vector<double> numbers = value.to(float64).to_vector<double>();
        const auto* bytes = reinterpret_cast<const uint8_t*>(numbers.data());
        all.emplace_back(name.begin(), name.end());
        all.emplace_back(bytes, bytes + 8 * numbers.size());
      }
    };
    add(model.state_dict());
    add(optimizer.state_dict());
    add(scheduler.state_dict());
    return all;
  }

  nn::Sequential model;
  optim::SGD optimizer{model.parameters(), {.lr = 0.05, .momentum = 0.5}};
  optim::StepLR scheduler{optimizer, {.step_size = 2}};
  Checkpoint checkpoint{model, optimizer, scheduler};
};

/// Loads `bytes`; what is said of them, or "" if they are loaded.
std::string answer(Run& run, const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;  // without waiting for the disk each time
  try {
    run.checkpoint.load(path);
    return "";
  } catch (const FileError& error) {
    return error.what();
  }
}

/// A checkpoint file with one entry replaced, or taken out if `value` is undefined.
std::string with(const std::string& bytes, const std::string& name, const Tensor& value) {
  const TemporaryFolder folder;
  io::write_file(folder / "x.safetensors", bytes);
  nn::StateDict state;
  for (const auto& [key, tensor] : io::load_safetensors(folder / "x.safetensors"))
    state.set(key, tensor);
  if (value.defined())
    state.set(name, value);
  else
    REQUIRE(state.erase(name));
  io::save_safetensors(folder / "y.safetensors", state);
  return io::read_file(folder / "y.safetensors");
}

std::string saved(const Run& run, int64_t epoch) {
  const TemporaryFolder folder;
  run.checkpoint.save(folder / "x.safetensors", epoch);
  return io::read_file(folder / "x.safetensors");
}

}  // namespace

TEST_CASE("a checkpoint that is cut off anywhere is refused, and changes nothing",
          "[checkpoint][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  Run saving(0);
  saving.step();
  const std::string good = saved(saving, 3);
  Run run(1);
  run.step();
  const auto before = run.bits();
  for (size_t size = 0; size < good.size(); size += size < 64 ? 7 : 97) {
    CAPTURE(size);
    CHECK_FALSE(answer(run, path, good.substr(0, size)).empty());
  }
  CHECK_FALSE(answer(run, path, good.substr(0, good.size() - 1)).empty());
  CHECK_FALSE(answer(run, path, good + "x").empty());
  CHECK(run.bits() == before);
  CHECK(answer(run, path, good).empty());
  saving.checkpoint.load(path);
  CHECK(run.bits() == saving.bits());
}

TEST_CASE("a checkpoint with any byte changed is refused, or loaded whole",
          "[checkpoint][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  Run saving(0);
  saving.step();
  const std::string good = saved(saving, 3);
  const size_t header = good.rfind('}') + 1;
  Run run(1);
  run.step();
  auto before = run.bits();
  size_t refused = 0, loaded = 0;
  for (size_t at = 0; at < good.size(); at += at < header ? 31 : 211) {
    for (const int bit : {0x01, 0x20}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ bit);
      if (answer(run, path, bad).empty()) {
        ++loaded;
        before = run.bits();
      } else {
        ++refused;
        if (run.bits() != before) FAIL("byte " << at << " left the run half changed");
      }
    }
  }
  CHECK(refused > 30);
  CHECK(loaded > 10);  // in the numbers themselves
}

TEST_CASE("entries of a checkpoint that are missing, new or of another kind",
          "[checkpoint][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  Run run(0);
  run.step();
  const std::string good = saved(run, 7);
  const auto before = run.bits();
  const auto said = [&](const std::string& name, const Tensor& value) {
    return answer(run, path, with(good, name, value));
  };
  const std::string no_epoch = path + ": not a checkpoint: it does not say which epoch it is of";
  CHECK(said("epoch", Tensor()) == no_epoch);
  CHECK(said("epoch", tensor(-1)) == no_epoch);
  CHECK_FALSE(said("epoch", tensor({1, 2})).empty());
  CHECK_FALSE(said("epoch", tensor(1.0)).empty());
  CHECK_FALSE(said("epoch", full({}, 1, int32)).empty());
  CHECK(said("stray", ones({1})) == path + ": \"stray\" belongs to no part of this run");
  CHECK(said("other.weight", ones({1})) ==
        path + ": \"other.weight\" belongs to no part of this run");
  CHECK_THAT(said("model", ones({1})), ContainsSubstring(path + ": model: "));
  for (const char* name : {"model.0.weight", "optimizer.param_groups.0.lr", "scheduler.last_epoch",
                           "generator.state", "optimizer.param_groups.0.params"}) {
    CAPTURE(name);
    const std::string part = std::string(name).substr(0, std::string(name).find('.'));
    CHECK_THAT(said(name, Tensor()), ContainsSubstring(path + ": " + part + ": "));
    CHECK_THAT(said(name, zeros({3, 1, 2})), ContainsSubstring(path + ": " + part + ": "));
  }
  CHECK_THAT(said("generator.state", zeros({5056})),
             ContainsSubstring("expected the bytes of a generator, got \"state\""));
  CHECK_THAT(said("generator.more", zeros({1}, uint8)), ContainsSubstring("generator: "));
  double best = 1;
  Checkpoint values;
  values.add("best", best);
  values.save(path, 0);
  nn::StateDict state = io::load_safetensors(path, {.mmap = false});
  state.set("best.more", ones({}));
  io::save_safetensors(path, state);
  CHECK_THROWS_WITH(values.load(path), path + ": best: expected a single value");
  CHECK_THAT(said("generator.state", Tensor()),
             ContainsSubstring("the state of the generator is missing"));
  CHECK_FALSE(said("generator.state", zeros({5055}, uint8)).empty());
  CHECK(run.bits() == before);
  // Epochs are what they are.
  for (const int64_t epoch : {int64_t{0}, int64_t{1}, INT64_MAX}) {
    run.checkpoint.save(path, epoch);
    CHECK(run.checkpoint.load(path) == epoch);
  }
  CHECK(run.bits() == before);
}

TEST_CASE("the parts of a checkpoint", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  manual_seed(0);
  nn::Linear model(2, 2);
  optim::SGD sgd(model.parameters(), {.lr = 0.5});
  Checkpoint two(model, sgd);
  two.save(path, 1);
  const nn::StateDict file = io::load_safetensors(path);
  for (const auto& [name, value] : file) {
    const std::string part = name.substr(0, name.find('.'));
    CHECK((part == "generator" || part == "model" || part == "optimizer" || part == "epoch"));
  }
  CHECK(file["epoch"].dtype() == int64);
  CHECK(file["epoch"].dim() == 0);
  nn::Linear other(2, 2);
  for (const char* bad : {"", ".", "a.b", "a.", "epoch", "model", "optimizer", "generator"})
    CHECK_THROWS_AS(two.add(bad, other), ValueError);
  two.add("epochs", other).add("scheduler", other);
  CHECK_THROWS_AS(two.load(path), FileError);  // the file has no such parts
  const Tensor weight = other.weight.clone();
  two.save(path, 2);
  other.weight.detach().zero_();
  CHECK(two.load(path) == 2);
  CHECK(equal(other.weight, weight));
  // What was saved does not change with what is trained on.
  {
    const NoGradGuard guard;
    other.weight.Tensor::add_(1);
  }
  CHECK(equal(io::load_safetensors(path)["scheduler.weight"], weight));
  CHECK_THROWS_AS(two.save(folder / "none/x.safetensors", 1), FileError);
}
