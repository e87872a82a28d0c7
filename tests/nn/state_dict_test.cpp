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

TEST_CASE("a state dict keeps its order when entries are replaced and removed", "[state_dict]") {
  nn::StateDict state{{"a", wick::ones({1})}, {"b", wick::ones({2})}, {"a", wick::ones({3})}};
  CHECK(state.size() == 2);
  CHECK(state["a"].shape() == wick::Shape{3});
  state.set("c", wick::ones({4}));
  state.set("b", wick::ones({5}));
  CHECK(state.erase("a"));
  CHECK_FALSE(state.contains("a"));
  state.set("a", wick::ones({6}));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state) {
    names.push_back(name);
    CHECK(state[name].is_same(tensor));
  }
  CHECK(names == std::vector<std::string>{"b", "c", "a"});
  CHECK(state["b"].shape() == wick::Shape{5});
  const nn::StateDict nothing;
  CHECK(nothing.empty());
  CHECK_FALSE(nothing.contains(""));
  CHECK_THROWS_AS(nothing["x"], wick::IndexError);
  CHECK_FALSE(nn::StateDict().erase("x"));
}

TEST_CASE("a state dict of very many entries is as fast per entry", "[state_dict]") {
  const Tensor x = wick::ones({1});
  nn::StateDict state;
  const auto name = [](int i) { return "layers." + std::to_string(i) + ".weight"; };
  for (int i = 0; i < 50'000; ++i) state.set(name(i), x);
  for (int i = 0; i < 50'000; ++i) state.set(name(i), x);
  CHECK(state.size() == 50'000);
  int found = 0;
  for (int i = 0; i < 100'000; ++i) found += state.contains(name(i));
  CHECK(found == 50'000);
}

TEST_CASE("load_state_dict assigns: the module takes the tensors of the state", "[state_dict]") {
  nn::Linear net(2, 1);
  const Tensor weight = wick::tensor({{1, 2}}, wick::float64);
  const Tensor bias = wick::tensor({3}, wick::float64);
  const nn::StateDict state{{"weight", weight}, {"bias", bias}};
  const Tensor handle = net.weight;
  CHECK(net.load_state_dict(state, {.assign = true}).ok());
  CHECK(net.weight.shares_storage(weight));
  CHECK(net.bias.dtype() == wick::float64);
  CHECK(net.weight.requires_grad());
  CHECK_FALSE(weight.requires_grad());
  CHECK(handle.shares_storage(weight));  // a handle from before is on the new elements too
  CHECK(net(wick::ones({2}, {.dtype = wick::float64})).item<double>() == 6);
  // Without it, elements are copied.
  nn::Linear copied(2, 1);
  copied.load_state_dict(state);
  CHECK_FALSE(copied.weight.shares_storage(weight));
  CHECK(copied.weight.dtype() == wick::float32);
}

TEST_CASE("load_state_dict assigns what a module on the meta device has not", "[state_dict]") {
  const nn::Linear trained(3, 2);
  nn::Linear net(3, 2);
  net.to(wick::meta);
  CHECK(net.weight.is_meta());
  net.load_state_dict(trained.state_dict(), {.assign = true});
  const Tensor x = wick::ones({3});
  CHECK(equal(net(x), trained(x)));
}

TEST_CASE("load_state_dict does not assign what does not fit", "[state_dict][errors]") {
  nn::Linear net(2, 1);
  const Tensor before = net.weight.clone();
  const Tensor bias = wick::ones({1});
  CHECK_THROWS_WITH(
      net.load_state_dict({{"weight", wick::tensor({{1, 2}})}, {"bias", bias}}, {.assign = true}),
      "load_state_dict: cannot assign a int64 tensor to \"weight\", which is "
      "float32");
  CHECK_THROWS_AS(
      net.load_state_dict({{"weight", wick::ones({2, 1})}, {"bias", bias}}, {.assign = true}),
      nn::LoadStateDictError);
  CHECK_THROWS_AS(net.load_state_dict({{"bias", bias}}, {.assign = true}), nn::LoadStateDictError);
  CHECK(equal(net.weight, before));
  CHECK_FALSE(net.bias.shares_storage(bias));
  CHECK_FALSE(
      net.load_state_dict({{"bias", bias}}, {.strict = false, .assign = true}).missing.empty());
  CHECK(net.bias.shares_storage(bias));
}

TEST_CASE("a state dict finds its entries however many were taken out", "[state_dict]") {
  nn::StateDict state;
  const auto name = [](int i) { return "layer." + std::to_string(i); };
  // Over every size of the table behind it, and one more.
  for (int i = 0; i < 300; ++i) {
    state.set(name(i), wick::tensor(i));
    CHECK(state.size() == static_cast<size_t>(i + 1));
    for (int j = 0; j <= i; j += 7) REQUIRE(state[name(j)].item<int64_t>() == j);
    CHECK_FALSE(state.contains(name(i + 1)));
  }
  for (int i = 0; i < 300; i += 3) CHECK(state.erase(name(i)));
  for (int i = 0; i < 300; ++i) CHECK(state.contains(name(i)) == (i % 3 != 0));
  CHECK_FALSE(state.erase(name(0)));
  CHECK(state.size() == 200);
  for (int i = 0; i < 300; i += 3) state.set(name(i), wick::tensor(-i));
  CHECK(state.size() == 300);
  CHECK(state[name(297)].item<int64_t>() == -297);
  CHECK(state.begin()->first == name(1));
  for (int i = 0; i < 300; ++i) CHECK(state.erase(name(i)));
  CHECK(state.empty());
  CHECK_FALSE(state.contains(name(5)));
  state.set("", wick::tensor(1));
  CHECK(state.contains(""));
  const nn::StateDict copy = state;
  state.erase("");
  CHECK(copy.contains(""));
  CHECK_THROWS_WITH((nn::StateDict{{"weight", wick::ones({1})}}["weigth"]),
                    "state dict has no key \"weigth\"; did you mean \"weight\"?");
}

TEST_CASE("reports of loading say all there is", "[state_dict]") {
  nn::LoadReport report;
  CHECK(report.ok());
  CHECK(report.to_string() == "<All keys matched successfully>");
  report.near_names = {{"a", "b"}};
  CHECK(report.ok());
  report.near_names.clear();
  report.missing = {"a", "b"};
  CHECK_FALSE(report.ok());
  CHECK(report.to_string() == "_IncompatibleKeys(missing_keys=['a', 'b'], unexpected_keys=[])");
  report.missing.clear();
  report.unexpected = {"c"};
  CHECK_FALSE(report.ok());
  CHECK(report.to_string() == "_IncompatibleKeys(missing_keys=[], unexpected_keys=['c'])");
  report.unexpected.clear();
  report.mismatched = {{"w", {1}, {2}}};
  CHECK_FALSE(report.ok());
  CHECK_THAT(report.to_string(), ContainsSubstring("size mismatch for w"));
  report.mismatched.clear();
  report.undefined = {"u"};
  CHECK_FALSE(report.ok());
  CHECK_THAT(report.to_string(), ContainsSubstring("\"u\""));
}

TEST_CASE("load_state_dict: undefined entries, views, other layouts, no entries", "[state_dict]") {
  nn::Linear net(2, 3);
  const Tensor weight = net.weight.clone();
  for (const bool strict : {true, false}) {
    CHECK_THROWS_AS(
        net.load_state_dict({{"weight", Tensor()}, {"bias", wick::ones({3})}}, {.strict = strict}),
        nn::LoadStateDictError);
    CHECK_THROWS_AS(net.load_state_dict({{"weight", wick::ones({3, 3})}}, {.strict = strict}),
                    nn::LoadStateDictError);
  }
  CHECK_THROWS_AS(net.load_state_dict({}), nn::LoadStateDictError);
  const nn::LoadReport nothing = net.load_state_dict({}, {.strict = false});
  CHECK(nothing.missing.size() == 2);
  CHECK(nothing.module == "Linear");
  CHECK(equal(net.weight, weight));
  // Elements are taken in row-major order, whatever the strides.
  const Tensor columns = wick::arange(6., {.dtype = wick::float32}).view({2, 3}).t();
  net.load_state_dict({{"weight", columns}, {"bias", wick::ones({1}).expand({3})}});
  CHECK(equal(net.weight, columns));
  CHECK(net.weight.is_contiguous());
  CHECK(equal(net.bias, wick::ones({3})));
  // A module takes its own state, and that of a transposed copy of itself.
  net.load_state_dict(net.state_dict());
  CHECK(equal(net.weight, columns));
  nn::Linear square(2, 2);
  const Tensor before = square.weight.clone();
  const Tensor crossed = square.weight.detach().t();
  square.load_state_dict({{"weight", crossed}, {"bias", wick::zeros({2})}});
  CHECK(equal(square.weight, before.t()));
  CHECK((square.weight.requires_grad() && square.weight.is_leaf()));
}
