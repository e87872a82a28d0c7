#include "nn/near_names.h"

#include <ctime>

#include "catch.h"
#include "wick/wick.h"

using namespace wick::nn;

namespace {

using Names = std::vector<std::string>;

size_t distance(std::string_view a, std::string_view b, size_t limit) {
  int64_t budget = INT64_MAX;
  return edit_distance(a, b, limit, budget);
}

double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

TEST_CASE("near names: edits are counted up to a limit", "[near_names]") {
  CHECK(distance("", "", 3) == 0);
  CHECK(distance("abc", "aBc", 0) == 1);
  CHECK(distance("abc", "abd", 3) == 1);
  CHECK(distance("abc", "acb", 3) == 1);  // neighbours that are swapped
  CHECK(distance("ca", "abc", 3) == 3);   // and are not touched again
  CHECK(distance("", "abc", 3) == 3);
  CHECK(distance("kitten", "sitting", 5) == 3);
  CHECK(distance("kitten", "sitting", 3) == 3);
  CHECK(distance("kitten", "sitting", 2) == 3);
  CHECK(distance("kitten", "sitting", 0) == 1);
  CHECK(distance("abcdef", "a", 4) == 5);
  CHECK(distance(std::string(256, 'a'), std::string(256, 'b'), 256) == 256);
  CHECK(distance(std::string(256, 'a'), std::string(256, 'b'), 1000) == 256);
  CHECK(distance(std::string(256, 'a'), std::string(255, 'b'), 255) == 256);
}

TEST_CASE("near names: the nearest", "[near_names]") {
  const Names types{"GELU", "ReLU", "ReLU6", "Linear"};
  CHECK(nearest_name("relu", types) == "ReLU");  // not GELU, one letter away and before it
  CHECK(nearest_name("RELU", types) == "ReLU");
  CHECK(nearest_name("gelu", types) == "GELU");
  CHECK(nearest_name("relu6", types) == "ReLU6");
  CHECK(nearest_name("Lniear", types) == "Linear");
  CHECK(nearest_name("Softmax", types) == "");
  CHECK(nearest_name("", types) == "");
  CHECK(nearest_name("model.0.weight", Names{"0.bias", "0.weight"}) == "0.weight");
  CHECK(nearest_name("0.weight", Names{"model.0.weights", "model.0.weight"}) == "model.0.weight");
  CHECK(nearest_name(std::string(300, 'a'), Names{std::string(300, 'a')}) == "");
  // The program's users write these for PyTorch's names.
  CHECK(nearest_name("torch.nn.ReLU", types) == "ReLU");
  CHECK(nearest_name("re_lu", types) == "ReLU");
  CHECK(nearest_name("nn::Linear", types) == "Linear");
  CHECK(nearest_name("qkv", Names{"abc"}) == "");
  CHECK(did_you_mean("relu", types) == "; did you mean \"ReLU\"?");
  CHECK(did_you_mean("x", Names{}) == "");
}

TEST_CASE("near names: thousands of wrong names are refused at once", "[near_names]") {
  StateDict given;
  for (int i = 0; i < 4000; ++i)
    given.set(fmt::format("module.encoder.block.{}.attention.wieght", i), wick::ones({1}));
  struct Model : Module {
    std::vector<Linear> layers;
    wick::Tensor forward(const wick::Tensor& x) const override { return x; }
    WICK_MODULE(Model, layers)
  } model;
  model.layers.assign(2000, Linear(1, 1));
  for (const bool strict : {true, false}) {
    const double begin = seconds();
    LoadReport report;
    try {
      report = model.load_state_dict(given, {.strict = strict});
      CHECK_FALSE(strict);
    } catch (const LoadStateDictError& error) {
      CHECK(strict);
      report = error.report();
    }
    CHECK(report.missing.size() == 4000);
    CHECK(report.unexpected.size() == 4000);
    CHECK(seconds() - begin < 5);  // 100 times as long without a budget
  }
  // A few hundred get a suggestion each.
  StateDict prefixed;
  model.layers.resize(150, Linear(1, 1));
  for (const auto& [name, tensor] : model.state_dict()) prefixed.set("net." + name, tensor);
  CHECK(model.load_state_dict(prefixed, {.strict = false}).near_names.size() == 300);
}
