#include "wick/checkpoint.h"

#include <cmath>
#include <limits>

#include "catch.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

namespace {

using wick::Tensor;
namespace nn = wick::nn;
namespace optim = wick::optim;

/// All that a run consists of, and a step of it.
struct Run {
  explicit Run(uint64_t seed, int64_t hidden = 8)
      : model((wick::manual_seed(seed), nn::Linear(4, hidden)), nn::GELU(), nn::Dropout(0.25),
              nn::Linear(hidden, 2)) {}

  double step() {
    const Tensor x = wick::randn({6, 4});
    optimizer.zero_grad();
    const Tensor loss = nn::functional::mse_loss(model(x), x.narrow(1, 0, 2));
    loss.backward();
    optimizer.step();
    scheduler.step();
    return loss.item<double>();
  }
  std::vector<double> steps(int count) {
    std::vector<double> losses;
    for (int i = 0; i < count; ++i) losses.push_back(step());
    return losses;
  }

  nn::Sequential model;
  optim::AdamW optimizer{model.parameters(), {.lr = 0.05}};
  optim::CosineAnnealingLR scheduler{optimizer, {.T_max = 20}};
  wick::Checkpoint checkpoint{model, optimizer, scheduler};
};

template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const wick::FileError& error) {
    return error.what();
  }
  return "(no error)";
}

}  // namespace

TEST_CASE("what is resumed has the losses of what was never stopped", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.safetensors";
  Run run(0);
  run.steps(5);
  run.checkpoint.save(path, 3);
  const std::vector<double> expected = run.steps(8);
  Run other(1);  // with other weights, another optimizer state and other random numbers
  other.steps(2);
  CHECK(other.checkpoint.load(path) == 3);
  CHECK(other.steps(8) == expected);
  Run fresh(2);
  CHECK(fresh.checkpoint.load(path) == 3);
  CHECK(fresh.steps(8) == expected);
}

TEST_CASE("a checkpoint is a safetensors file", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.safetensors";
  Run run(0);
  run.step();
  run.checkpoint.save(path, 1);
  const nn::StateDict file = wick::io::load_safetensors(path);
  CHECK(file["model.0.weight"].equal(run.model.state_dict()["0.weight"]));
  CHECK(file["epoch"].item<int64_t>() == 1);
  CHECK(file.contains("optimizer.state.0.exp_avg"));
  CHECK(file.contains("scheduler.last_epoch"));
  CHECK(file["generator.state"].numel() == 5056);
}

TEST_CASE("a checkpoint of another run changes nothing", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.safetensors";
  Run run(0), wider(1, 16);
  wider.step();
  wider.checkpoint.save(path, 1);
  run.step();
  const auto generator = wick::default_generator().get_state();
  const Tensor before = run.model.state_dict()["0.weight"].clone();
  const Tensor average = run.optimizer.state_dict()["state.0.exp_avg"].clone();
  CHECK(message([&] { run.checkpoint.load(path); }).find("model: ") != std::string::npos);
  CHECK(run.model.state_dict()["0.weight"].equal(before));
  CHECK(wick::default_generator().get_state() == generator);

  // The model fits, and the optimizer does not: the model is as it was all the same.
  optim::SGD sgd(run.model.parameters(), {.lr = 0.1});
  wick::Checkpoint(run.model, sgd, run.scheduler).save(path, 1);
  const wick::NoGradGuard guard;
  run.model[0].as<nn::Linear>().weight.Tensor::add_(1);
  const Tensor moved = run.model.state_dict()["0.weight"].clone();
  CHECK(message([&] { run.checkpoint.load(path); }).find("optimizer: ") != std::string::npos);
  CHECK(run.model.state_dict()["0.weight"].equal(moved));
  CHECK(run.optimizer.state_dict()["state.0.exp_avg"].equal(average));
}

TEST_CASE("files that are no checkpoints", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  Run run(0);
  CHECK_THROWS_AS(run.checkpoint.load(path), wick::FileError);
  wick::io::save_safetensors(path, run.model.state_dict());
  CHECK(message([&] { run.checkpoint.load(path); }).find("belongs to no part") !=
        std::string::npos);
  wick::io::save_safetensors(path, nn::StateDict{{"model.0.weight", wick::ones({1})}});
  CHECK(message([&] { run.checkpoint.load(path); }).find("not a checkpoint") != std::string::npos);
}

TEST_CASE("more parts", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.safetensors";
  nn::Linear first(2, 2), second(2, 2);
  wick::Generator generator(5);
  wick::Checkpoint checkpoint;
  checkpoint.add("generator_net", first).add("critic", second).add("noise", generator);
  checkpoint.save(path, 0);
  const double next = wick::rand({1}, {}, &generator).item<double>();
  const Tensor weight = second.weight.Tensor::clone();
  second = nn::Linear(2, 2);
  CHECK(checkpoint.load(path) == 0);
  CHECK(second.weight.equal(weight));
  CHECK(wick::rand({1}, {}, &generator).item<double>() == next);
  CHECK_THROWS_AS(checkpoint.add("critic", first), wick::ValueError);
  CHECK_THROWS_AS(checkpoint.add("a.b", first), wick::ValueError);
  CHECK_THROWS_AS(checkpoint.add("epoch", first), wick::ValueError);
}

TEST_CASE("numbers and texts are restored to the bit", "[checkpoint]") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.safetensors";
  nn::Linear model(2, 2);
  double best = 0.1 + 0.2;
  float rate = 0.1f;
  int patience = -3;
  int64_t steps = (int64_t{1} << 62) + 1;
  size_t seen = 7;
  bool improved = true;
  std::string note("a\0b \xc3\xa9", 6), empty;
  std::vector<double> losses{1.5, -0.0, std::numeric_limits<double>::infinity()}, none;
  wick::Checkpoint checkpoint;
  checkpoint.add("model", model)
      .add("best_loss", best)
      .add("rate", rate)
      .add("patience", patience)
      .add("steps", steps)
      .add("seen", seen)
      .add("improved", improved)
      .add("note", note)
      .add("empty", empty)
      .add("losses", losses)
      .add("none", none);
  checkpoint.save(path, 2);
  const nn::StateDict file = wick::io::load_safetensors(path);
  CHECK(file["best_loss"].item<double>() == 0.1 + 0.2);
  CHECK(file["best_loss"].shape().empty());
  CHECK(file["note"].dtype() == wick::uint8);

  const std::string kept = note;
  best = std::numeric_limits<double>::quiet_NaN();
  rate = 5;
  patience = 0;
  steps = 0;
  seen = 0;
  improved = false;
  note = "other";
  empty = "not empty";
  losses = {};
  none = {1};
  CHECK(checkpoint.load(path) == 2);
  CHECK(best == 0.1 + 0.2);
  CHECK(rate == 0.1f);
  CHECK(patience == -3);
  CHECK(steps == (int64_t{1} << 62) + 1);
  CHECK(seen == 7);
  CHECK(improved);
  CHECK(note == kept);
  CHECK(empty.empty());
  REQUIRE(losses.size() == 3);
  CHECK(std::signbit(losses[1]));
  CHECK(losses[2] == std::numeric_limits<double>::infinity());
  CHECK(none.empty());

  best = std::numeric_limits<double>::quiet_NaN();
  checkpoint.save(path, 2);
  best = 0;
  checkpoint.load(path);
  CHECK(std::isnan(best));
  CHECK_THROWS_AS(checkpoint.add("best_loss", rate), wick::ValueError);
}

TEST_CASE("numbers of another run change nothing", "[checkpoint][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "run.safetensors";
  double best = 1;
  std::string note = "first";
  wick::Checkpoint().add("best", best).add("note", note).save(path, 0);
  best = 2;
  note = "second";
  double other = 3;
  CHECK(message([&] {
          wick::Checkpoint().add("best", best).add("note", note).add("other", other).load(path);
        }) == path + ": other: it is missing");
  CHECK(best == 2);
  CHECK(note == "second");
  CHECK(message([&] { wick::Checkpoint().add("best", best).load(path); }) ==
        path + ": \"note\" belongs to no part of this run");
  int64_t whole = 0;
  CHECK(message([&] { wick::Checkpoint().add("note", note).add("best", whole).load(path); }) ==
        path + ": best: expected an integer (int64), got a tensor of shape [] and dtype float64");
  CHECK(note == "second");
  CHECK(message([&] { wick::Checkpoint().add("note", best).add("best", best).load(path); }) ==
        path + ": note: expected a number (float64), got a tensor of shape [5] and dtype uint8");
  nn::Linear model(1, 1);
  CHECK(message([&] {
          wick::Checkpoint().add("best", model).add("note", note).load(path);
        }).find("best: ") != std::string::npos);

  int64_t large = 1000;
  wick::Checkpoint().add("n", large).save(path, 0);
  int8_t small = 5;
  CHECK(message([&] {
          wick::Checkpoint().add("n", small).load(path);
        }).find("out of the range of the type") != std::string::npos);
  CHECK(small == 5);
  uint64_t huge = UINT64_MAX;
  CHECK_THROWS_AS(wick::Checkpoint().add("n", huge).save(path, 0), wick::ValueError);
}
