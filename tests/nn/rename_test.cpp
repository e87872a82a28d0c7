#include "catch.h"
#include "wick/wick.h"

namespace nn = wick::nn;

TEST_CASE("Rename: prefixes", "[state_dict]") {
  const nn::Rename remove = nn::Rename().prefix("module.", "");
  CHECK(remove("module.fc.weight") == "fc.weight");
  CHECK(remove("fc.module.weight") == "fc.module.weight");
  CHECK(remove("module.module.x") == "module.x");
  CHECK(remove("module") == "module");
  CHECK(remove("") == "");
  CHECK(nn::Rename().prefix("", "model.")("fc.weight") == "model.fc.weight");
  CHECK(nn::Rename().prefix("a.", "b.")("a.x") == "b.x");
  CHECK(nn::Rename()("unchanged") == "unchanged");
  // Not only short ones.
  const std::string longest(100'000, 'x');
  CHECK(remove("module." + longest) == longest);
}

TEST_CASE("Rename: regular expressions", "[state_dict]") {
  const nn::Rename fc = nn::Rename().regex("fc([0-9]+)", "linear$1");
  CHECK(fc("fc1.weight") == "linear1.weight");
  CHECK(fc("a.fc12.fc3") == "a.linear12.linear3");  // every match
  CHECK(fc("fc.weight") == "fc.weight");
  CHECK(nn::Rename().regex("^layer\\.(\\d+)\\.(w|b)$", "$2_$1")("layer.10.w") == "w_10");
  CHECK(nn::Rename().regex("\\.gamma$", ".weight")("norm.gamma") == "norm.weight");
  CHECK(nn::Rename().regex("x", "")("axbxc") == "abc");
}

TEST_CASE("Rename: rules apply in order, each to what the one before made", "[state_dict]") {
  const nn::Rename rename =
      nn::Rename().prefix("module.encoder.", "").regex("fc([0-9]+)", "linear$1").prefix("lin", "n");
  CHECK(rename("module.encoder.fc1.weight") == "near1.weight");
  CHECK(rename("fc2") == "near2");
  nn::Rename copy = rename;
  copy.regex("near", "far");
  CHECK(copy("fc2") == "far2");
  CHECK(rename("fc2") == "near2");
}

TEST_CASE("Rename: mistakes", "[state_dict][errors]") {
  CHECK_THROWS_AS(nn::Rename().regex("(", ""), wick::ValueError);
  CHECK_THROWS_WITH(nn::Rename().regex("fc([0-9]+", "x"),
                    ContainsSubstring("Rename: \"fc([0-9]+\" is not a regular expression: "));
  const nn::Rename rename = nn::Rename().regex("a*", "b");
  CHECK_NOTHROW(rename(std::string(1000, 'a')));
  CHECK_THROWS_AS(rename(std::string(1001, 'a')), wick::ValueError);
  CHECK_THROWS_WITH(rename(std::string(100'000, 'a')),
                    "Rename: a regex takes names of up to 1000 characters, got 100000");
}

TEST_CASE("Rename: load_state_dict finds a trained model's weights", "[state_dict]") {
  const nn::Linear trained(3, 2);
  nn::Sequential net{{"linear1", nn::Linear(3, 2)}};
  nn::StateDict state;
  for (const auto& [name, tensor] : trained.state_dict())
    state.set("module.encoder.fc1." + name, tensor);
  CHECK_THROWS_AS(net.load_state_dict(state), nn::LoadStateDictError);
  const nn::LoadReport report = net.load_state_dict(
      state,
      {.rename = nn::Rename().prefix("module.encoder.", "").regex("fc([0-9]+)", "linear$1")});
  CHECK(report.ok());
  const wick::Tensor x = wick::ones({3});
  CHECK(equal(net(x), trained(x)));
  CHECK_THROWS_WITH(net.load_state_dict(state, {.rename = nn::Rename().regex(".+", "x")}),
                    "load_state_dict: two entries are renamed to \"x\"");
}
