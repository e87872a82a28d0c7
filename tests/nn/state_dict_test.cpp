#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

nn::Sequential model() { return nn::Sequential{nn::Linear(3, 4), nn::GELU(), nn::Linear(4, 2)}; }

}  // namespace

TEST_CASE("a state dict carries a model over", "[state_dict]") {
  wick::manual_seed(0);
  const nn::Sequential trained = model();
  nn::Sequential fresh = model();
  const Tensor x = wick::randn({5, 3});
  CHECK_FALSE(allclose(fresh(x), trained(x)));
  const nn::LoadReport report = fresh.load_state_dict(trained.state_dict());
  CHECK(report.ok());
  CHECK(report.to_string() == "<All keys matched successfully>");
  CHECK(equal(fresh(x), trained(x)));
  CHECK_FALSE(fresh[0].as<nn::Linear>().weight.shares_storage(trained[0].as<nn::Linear>().weight));
  CHECK(fresh[0].as<nn::Linear>().weight.requires_grad());
}

TEST_CASE("a state dict is a set of handles, in order", "[state_dict]") {
  nn::Sequential net = model();
  nn::StateDict state = net.state_dict();
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state) names.push_back(name);
  CHECK(names == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias"});
  CHECK(state["0.bias"].shares_storage(net[0].as<nn::Linear>().bias));
  CHECK_FALSE(state["0.bias"].requires_grad());
  CHECK(state.contains("2.bias"));
  CHECK_THROWS_WITH(state["2.bais"], "state dict has no key \"2.bais\"; did you mean \"2.bias\"?");
  state.set("0.bias", wick::ones({4}));
  CHECK(state.size() == 4);
  CHECK(state.erase("0.bias"));
  CHECK_FALSE(state.erase("0.bias"));
}

TEST_CASE("load_state_dict converts dtypes", "[state_dict]") {
  nn::Linear net(2, 1);
  nn::StateDict state{{"weight", wick::tensor({{1, 2}}, wick::float64)},
                      {"bias", wick::tensor({3})}};
  net.load_state_dict(state);
  CHECK(net.weight.dtype() == wick::float32);
  CHECK(net(wick::ones({2})).item<float>() == 6);
}

TEST_CASE("what does not fit is reported together, and nothing changes", "[state_dict][errors]") {
  nn::Sequential net = model();
  const nn::Sequential before = net;
  nn::StateDict state = model().state_dict();
  state.erase("0.weight");
  state.set("model.0.weight", wick::ones({4, 3}));
  state.set("2.weight", wick::ones({3, 4}));
  state.set("2.bias", Tensor());
  try {
    net.load_state_dict(state);
    FAIL("no error");
  } catch (const nn::LoadStateDictError& error) {
    const nn::LoadReport& report = error.report();
    CHECK(report.missing == std::vector<std::string>{"0.weight"});
    CHECK(report.unexpected == std::vector<std::string>{"model.0.weight"});
    CHECK(report.mismatched.size() == 1);
    CHECK(report.undefined == std::vector<std::string>{"2.bias"});
    CHECK(
        std::string(error.what()) ==
        "Error(s) in loading state_dict for Sequential:"
        "\n\tMissing key(s) in state_dict: \"0.weight\". "
        "\n\tUnexpected key(s) in state_dict: \"model.0.weight\". "
        "\n\t\"model.0.weight\" may be meant for \"0.weight\"."
        "\n\tWhile copying the parameter named \"2.bias\", expected a tensor but got an undefined "
        "one."
        "\n\tsize mismatch for 2.weight: copying a param with shape [3, 4] from checkpoint, the "
        "shape in current model is [2, 4].");
  }
  const nn::StateDict now = net.state_dict();
  for (const auto& [name, tensor] : before.state_dict()) CHECK(equal(tensor, now[name]));
}

TEST_CASE("load_state_dict that is not strict takes what it finds", "[state_dict]") {
  nn::Sequential net = model();
  const Tensor kept = net[0].as<nn::Linear>().weight.clone();
  const nn::LoadReport report = net.load_state_dict(
      {{"0.bias", wick::ones({4})}, {"other", wick::ones({1})}}, {.strict = false});
  CHECK(report.missing == std::vector<std::string>{"0.weight", "2.weight", "2.bias"});
  CHECK(report.unexpected == std::vector<std::string>{"other"});
  CHECK(fmt::format("{}", report) ==
        "_IncompatibleKeys(missing_keys=['0.weight', '2.weight', '2.bias'], "
        "unexpected_keys=['other'])");
  CHECK(equal(net[0].as<nn::Linear>().bias, wick::ones({4})));
  CHECK(equal(net[0].as<nn::Linear>().weight, kept));
  // A wrong shape is an error all the same.
  CHECK_THROWS_AS(net.load_state_dict({{"0.bias", wick::ones({5})}}, {.strict = false}),
                  nn::LoadStateDictError);
  CHECK_THROWS_AS(
      net.load_state_dict({{"0.bias", wick::ones({4}, {.device = wick::meta})}}, {.strict = false}),
      wick::TypeError);
}

TEST_CASE("load_state_dict renames", "[state_dict]") {
  const nn::Sequential trained{{"model", model()}};
  nn::Sequential net = model();
  const auto without_prefix = [](std::string_view name) {
    return std::string(name.starts_with("model.") ? name.substr(6) : name);
  };
  CHECK_THROWS_AS(net.load_state_dict(trained.state_dict()), nn::LoadStateDictError);
  CHECK(net.load_state_dict(trained.state_dict(), {.rename = without_prefix}).ok());
  const Tensor x = wick::ones({3});
  CHECK(equal(net(x), trained(x)));
  CHECK_THROWS_WITH(net.load_state_dict(trained.state_dict(),
                                        {.rename = [](std::string_view) { return "0.bias"; }}),
                    "load_state_dict: two entries are renamed to \"0.bias\"");
}
