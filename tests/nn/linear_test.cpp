// Linear's first weights against golden/random.json. What it computes: layers_test.cpp.
#include "wick/nn/linear.h"

#include "golden_random.h"
#include "wick/random.h"

TEST_CASE("linear: starts with PyTorch's weights for a seed", "[linear][golden]") {
  const nlohmann::json golden = read_golden("random.json");
  REQUIRE(golden.at("cases").size() == 5);
  for (const nlohmann::json& entry : golden.at("cases")) {
    wick::manual_seed(entry.at("seed").get<uint64_t>());
    wick::nn::Linear layer(3, 4);
    CHECK(nlohmann::json(bits_of(layer.weight)) == entry.at("Linear(3,4)").at("weight"));
    CHECK(nlohmann::json(bits_of(layer.bias)) == entry.at("Linear(3,4)").at("bias"));

    wick::manual_seed(entry.at("seed").get<uint64_t>());
    layer.reset_parameters();
    CHECK(nlohmann::json(bits_of(layer.weight)) == entry.at("Linear(3,4)").at("weight"));
  }
}

TEST_CASE("linear: no bias draws none, and no features are no mistake", "[linear]") {
  wick::manual_seed(0);
  const wick::nn::Linear with_bias(3, 4);
  wick::manual_seed(0);
  const wick::nn::Linear without({.in_features = 3, .out_features = 4, .bias = false});
  CHECK(bits_of(without.weight) == bits_of(with_bias.weight));
  CHECK(!without.bias.defined());
  const wick::nn::Linear empty(0, 2);
  CHECK(empty.bias.to_vector<float>() == std::vector<float>{0, 0});
}
