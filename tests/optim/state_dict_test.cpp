// State dicts of optimizers: all or nothing, and the same bits afterwards.
#include "any_optimizer.h"
#include "io/temporary_folder.h"
#include "wick/io/safetensors.h"

namespace {

using namespace any_optimizer;
using optim::StateDict;
using wick::tensor;

std::vector<Tensor> copies(const std::vector<Tensor>& params) {
  std::vector<Tensor> result;
  for (const Tensor& param : params) result.push_back(param.detach().clone().requires_grad_());
  return result;
}

std::string error_of(optim::Optimizer& optimizer, const StateDict& state) {
  try {
    optimizer.load_state_dict(state);
  } catch (const wick::ValueError& error) {
    return error.what();
  }
  return "none";
}

/// `state` with one entry replaced, or taken out if `value` is undefined.
StateDict with(StateDict state, const std::string& name, const Tensor& value) {
  if (value.defined())
    state.set(name, value);
  else
    REQUIRE(state.erase(name));
  return state;
}

}  // namespace

TEST_CASE("an optimizer goes on from a state dict with the same bits", "[optim]") {
  const TemporaryFolder folder;
  for (const json& facts : golden()["curves"]) {
    CAPTURE(facts["optimizer"], facts["options"].dump());
    const std::vector<Tensor> params = start(wick::float32);
    const auto optimizer = make(facts["optimizer"], params, facts["options"]);
    for (size_t step = 1; step <= 7; ++step) golden_step(*optimizer, params, step);

    const std::string file = folder / "optimizer.safetensors";
    wick::io::save_safetensors(file, optimizer->state_dict());
    const std::vector<Tensor> others = copies(params);
    // Its own options are replaced.
    const auto other = make(facts["optimizer"], others, {{"lr", 0.7}});
    other->load_state_dict(wick::io::load_safetensors(file));
    CHECK(other->to_string() == optimizer->to_string());
    for (size_t step = 8; step <= 12; ++step) {
      golden_step(*optimizer, params, step);
      golden_step(*other, others, step);
      for (size_t i = 0; i < params.size(); ++i) CHECK(params[i].equal(others[i]));
    }
  }
}

TEST_CASE("what is in a state dict", "[optim]") {
  const std::vector<Tensor> params = start(wick::float32);
  optim::NAdam nadam(params);
  golden_step(nadam, params, 2);  // without the second parameter
  std::vector<std::string> names;
  for (const auto& [name, value] : nadam.state_dict()) names.push_back(name);
  CHECK(names == std::vector<std::string>{
                     "state.0.step", "state.0.mu_product", "state.0.exp_avg", "state.0.exp_avg_sq",
                     "param_groups.0.lr", "param_groups.0.betas", "param_groups.0.eps",
                     "param_groups.0.weight_decay", "param_groups.0.momentum_decay",
                     "param_groups.0.decoupled_weight_decay", "param_groups.0.maximize",
                     "param_groups.0.params"});
  const StateDict state = nadam.state_dict();
  CHECK(state["param_groups.0.lr"].item<double>() == 2e-3);
  CHECK(state["param_groups.0.lr"].dtype() == wick::float64);
  CHECK(state["param_groups.0.maximize"].dtype() == wick::bool_);
  CHECK(state["param_groups.0.params"].equal(tensor({0, 1})));
  CHECK(state["state.0.step"].item<int64_t>() == 1);
  CHECK(state["state.0.exp_avg"].shape() == params[0].shape());
}

TEST_CASE("loading copies, and takes the numbers as PyTorch stores them", "[optim]") {
  const std::vector<Tensor> params = start(wick::float64);
  optim::Adam adam(params);
  golden_step(adam, params, 1);
  StateDict state = adam.state_dict();
  state.set("state.0.step", tensor(5.0));  // float32
  state.set("state.0.exp_avg", state["state.0.exp_avg"].to(wick::float32));
  state.set("param_groups.0.amsgrad", tensor(1));
  const std::vector<Tensor> others = copies(params);
  optim::Adam other(others);
  other.load_state_dict(state);
  CHECK(other.param_groups()[0].options.amsgrad);
  const StateDict loaded = other.state_dict();
  CHECK(loaded["state.0.step"].item<int64_t>() == 5);
  CHECK(loaded["state.0.exp_avg"].dtype() == wick::float64);
  CHECK_FALSE(loaded["state.0.exp_avg_sq"].shares_storage(state["state.0.exp_avg_sq"]));
  const Tensor kept = state["state.0.exp_avg_sq"].clone();
  golden_step(other, others, 2);
  CHECK(state["state.0.exp_avg_sq"].equal(kept));
}

TEST_CASE("parameters are matched by their order", "[optim]") {
  const std::vector<Tensor> params = start(wick::float32);
  optim::SGD sgd(params, {.lr = 0.1, .momentum = 0.9});
  golden_step(sgd, params, 1);
  StateDict state = sgd.state_dict();
  StateDict renumbered;
  for (const auto& [name, value] : state) {
    if (name == "state.0.momentum_buffer")
      renumbered.set("state.40.momentum_buffer", value);
    else if (name == "param_groups.0.params")
      renumbered.set(name, tensor({40, 1}));
    else
      renumbered.set(name, value);
  }
  optim::SGD other(copies(params), {.lr = 0.1});
  other.load_state_dict(renumbered);
  CHECK(other.state_dict()["state.0.momentum_buffer"].equal(state["state.0.momentum_buffer"]));
}

TEST_CASE("a state dict that does not fit: everything is told, nothing is changed", "[optim]") {
  const std::vector<Tensor> params = start(wick::float32);
  optim::Adam adam(params, {.lr = 0.25});
  golden_step(adam, params, 1);
  const StateDict good = adam.state_dict();
  const std::vector<Tensor> others = copies(params);
  optim::Adam other(others, {.lr = 0.5, .amsgrad = true});
  golden_step(other, others, 1);
  const std::string printed = other.to_string();

  const auto error = [&](const std::string& name, const Tensor& value) {
    return error_of(other, with(good, name, value));
  };
  using Missing = Tensor;
  CHECK_THAT(error("state.0.step", Missing()),
             ContainsSubstring("Missing key(s) in state_dict: \"state.0.step\""));
  CHECK_THAT(error("state.1.exp_avg_sq", Missing()), ContainsSubstring("\"state.1.exp_avg_sq\""));
  CHECK_THAT(error("param_groups.0.eps", Missing()), ContainsSubstring("\"param_groups.0.eps\""));
  CHECK_THAT(error("state.0.velocity", wick::zeros({3})),
             ContainsSubstring("Unexpected key(s) in state_dict: \"state.0.velocity\""));
  CHECK_THAT(error("state.2.exp_avg", wick::zeros({3})),
             ContainsSubstring("Unexpected key(s) in state_dict: \"state.2.exp_avg\""));
  CHECK_THAT(error("state.0.exp_avg", wick::zeros({3})),
             ContainsSubstring("size mismatch for state.0.exp_avg: the shape in the state dict is "
                               "[3], expected [3, 7]."));
  CHECK_THAT(error("state.0.exp_avg", wick::zeros({3, 7}, wick::int64)),
             ContainsSubstring("state.0.exp_avg is int64"));
  CHECK_THAT(error("state.0.exp_avg", wick::zeros({3, 7}, {.device = wick::meta})),
             ContainsSubstring("on the meta device"));
  CHECK_THAT(error("state.0.step", tensor(1.5)), ContainsSubstring("state.0.step is 1.5"));
  CHECK_THAT(error("state.0.step", tensor(0)), ContainsSubstring("state.0.step is 0"));
  CHECK_THAT(error("param_groups.0.lr", tensor({0.1, 0.2})),
             ContainsSubstring("size mismatch for param_groups.0.lr"));
  CHECK_THAT(error("param_groups.0.eps", tensor(-1)),
             ContainsSubstring("param_groups.0: Invalid epsilon value: -1"));
  CHECK_THAT(error("param_groups.0.betas", tensor({0.1, 0.2, 0.3})),
             ContainsSubstring("size mismatch for param_groups.0.betas"));
  CHECK_THAT(error("param_groups.0.amsgrad", tensor(2)), ContainsSubstring("expected a bool"));
  CHECK(error("param_groups.0.params", tensor({0, 1, 2})) ==
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's "
        "group");
  CHECK(error("param_groups.0.params", Missing()) ==
        "loaded state dict has a different number of parameter groups");
  CHECK(error("param_groups.1.params", tensor({2})) ==
        "loaded state dict has a different number of parameter groups");

  StateDict bad = with(with(good, "state.0.step", Missing()), "state.1.exp_avg", wick::zeros({9}));
  bad = with(bad, "param_groups.0.eps", tensor(-1));
  const std::string all = error_of(other, bad);
  CHECK_THAT(all, ContainsSubstring("Error(s) in loading state_dict for Adam:\n\tMissing"));
  CHECK_THAT(all, ContainsSubstring("size mismatch for state.1.exp_avg"));
  CHECK_THAT(all, ContainsSubstring("Invalid epsilon value: -1"));

  CHECK(other.to_string() == printed);
  // It goes on as one that never saw them.
  const std::vector<Tensor> untouched = copies(params);
  optim::Adam fresh(untouched, {.lr = 0.5, .amsgrad = true});
  golden_step(fresh, untouched, 1);
  golden_step(fresh, untouched, 2);
  golden_step(other, others, 2);
  CHECK(others[0].equal(untouched[0]));
}
