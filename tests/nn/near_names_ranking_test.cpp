#include "nn/near_names.h"

#include "catch.h"

namespace {

using Names = std::vector<std::string>;
using wick::nn::nearest_name;

const Names layers{"Dropout", "FeedForward", "GELU",    "Identity", "LayerNorm",
                   "Linear",  "LogSoftmax",  "ReLU",    "Repeat",   "SiLU",
                   "Sigmoid", "Softmax",     "Residual"};

}  // namespace

TEST_CASE("a difference of case alone wins", "[near_names]") {
  CHECK(nearest_name("relu", layers) == "ReLU");
  CHECK(nearest_name("RELU", layers) == "ReLU");
  CHECK(nearest_name("silu", layers) == "SiLU");
  CHECK(nearest_name("gelu", layers) == "GELU");
  CHECK(nearest_name("feedforward", layers) == "FeedForward");
  // Among names that differ in case only, the one with the same case.
  const Names cases{"Weight", "weight", "WEIGHT"};
  CHECK(nearest_name("weigth", cases) == "weight");
  CHECK(nearest_name("WEIGTH", cases) == "WEIGHT");
  CHECK(nearest_name("Weigth", cases) == "Weight");
}

TEST_CASE("underscores, hyphens and PyTorch's prefixes do not count", "[near_names]") {
  CHECK(nearest_name("layer_norm", layers) == "LayerNorm");
  CHECK(nearest_name("Layer-Norm", layers) == "LayerNorm");
  CHECK(nearest_name("log_softmax", layers) == "LogSoftmax");
  CHECK(nearest_name("nn.ReLU", layers) == "ReLU");
  CHECK(nearest_name("torch.nn.ReLU", layers) == "ReLU");
  CHECK(nearest_name("torch.nn.modules.activation.relu", layers) == "ReLU");
  CHECK(nearest_name("torch.nn.functional.layer_norm", layers) == "LayerNorm");
  CHECK(nearest_name("wick::nn::GELU", layers) == "GELU");
  CHECK(nearest_name("nn.Liner", layers) == "Linear");
  CHECK(nearest_name("in_place", Names{"p", "inplace"}) == "inplace");
  CHECK(nearest_name("gelu-tanh", Names{"gelu", "gelu_tanh", "tanh"}) == "gelu_tanh");
}

TEST_CASE("letters that are wrong, missing, too many or swapped", "[near_names]") {
  CHECK(nearest_name("Droput", layers) == "Dropout");
  CHECK(nearest_name("eRLU", layers) == "ReLU");
  CHECK(nearest_name("iLnear", layers) == "Linear");
  CHECK(nearest_name("Linaer", layers) == "Linear");
  CHECK(nearest_name("bais", Names{"in_features", "bias"}) == "bias");
  CHECK(nearest_name("abis", Names{"in_features", "bias"}).empty());
  CHECK(nearest_name("ibas", Names{"in_features", "bias"}) == "bias");
}

TEST_CASE("names that are like none", "[near_names]") {
  CHECK(nearest_name("Conv2d", layers).empty());
  CHECK(nearest_name("", layers).empty());
  CHECK(nearest_name("_", layers).empty());
  CHECK(nearest_name("x", Names{"p"}).empty());
  CHECK(nearest_name("torch.nn.Conv2d", layers).empty());
  CHECK(nearest_name(std::string(300, 'a'), Names{std::string(300, 'a') + "b"}).empty());
}

TEST_CASE("keys of state dicts", "[near_names]") {
  const Names keys{"linear1.weight", "linear1.bias", "linear2.weight"};
  CHECK(nearest_name("module.linear1.weight", keys) == "linear1.weight");
  CHECK(nearest_name("linear_2.weight", keys) == "linear2.weight");
  CHECK(nearest_name("linear1.wieght", keys) == "linear1.weight");
  CHECK(nearest_name("Linear1.bias", keys) == "linear1.bias");
}
