// LBFGS on Rosenbrock's function, against PyTorch's: golden/optim.json.
#include <cmath>

#include "any_optimizer.h"
#include "wick/autograd.h"

namespace {

using namespace any_optimizer;

/// (1 - a)^2 + 100 (b - a^2)^2, and its gradient written down by hand.
struct Rosenbrock {
  Tensor x = wick::tensor({-1.2, 1.0}, wick::float64).requires_grad_();
  int calls = 0;

  Tensor operator()() {
    ++calls;
    const std::vector<double> at = x.to_vector<double>();
    const double valley = at[1] - at[0] * at[0];
    x.set_grad(wick::tensor({-2 * (1 - at[0]) - 400 * at[0] * valley, 200 * valley}, x.dtype()));
    return wick::tensor((1 - at[0]) * (1 - at[0]) + 100 * valley * valley, wick::float64);
  }
};

}  // namespace

TEST_CASE("LBFGS goes where PyTorch's goes", "[optim]") {
  for (const json& facts : golden()["lbfgs"]) {
    CAPTURE(facts["options"].dump());
    Rosenbrock f;
    optim::LBFGS lbfgs({f.x}, options_from<optim::LBFGSOptions>(facts["options"]));
    for (size_t step = 0; step < facts["losses"].size(); ++step) {
      CAPTURE(step);
      const auto loss = lbfgs.step([&] { return f(); }).item<double>();
      CHECK(loss == Approx(facts["losses"][step].get<double>()).epsilon(1e-6).margin(1e-14));
      const std::vector<double> at = f.x.to_vector<double>();
      for (size_t i = 0; i < 2; ++i)
        CHECK(at[i] == Approx(facts["points"][step][i].get<double>()).epsilon(1e-8));
    }
    const optim::StateDict state = lbfgs.state_dict();
    CHECK(state["state.0.func_evals"].item<int64_t>() == facts["func_evals"].get<int64_t>());
    CHECK(state["state.0.n_iter"].item<int64_t>() == facts["n_iter"].get<int64_t>());
    CHECK(f.calls == facts["func_evals"].get<int>());
  }
}

TEST_CASE("LBFGS finds the minimum of Rosenbrock's function in float32 as well", "[optim]") {
  Rosenbrock f;
  f.x = wick::tensor({-1.2, 1.0}).requires_grad_();
  optim::LBFGS lbfgs({f.x}, {.max_iter = 100, .line_search_fn = "strong_wolfe"});
  const auto closure = [&] {
    const std::vector<double> at = f.x.to_vector<double>();
    const double valley = at[1] - at[0] * at[0];
    f.x.set_grad(wick::tensor({-2 * (1 - at[0]) - 400 * at[0] * valley, 200 * valley}));
    return wick::tensor((1 - at[0]) * (1 - at[0]) + 100 * valley * valley);
  };
  lbfgs.step(closure);
  CHECK(f.x.allclose(wick::ones({2}), 0, 1e-3));
}

TEST_CASE("LBFGS goes on from a state dict with the same bits", "[optim]") {
  const optim::LBFGSOptions options{
      .max_iter = 3, .history_size = 2, .line_search_fn = "strong_wolfe"};
  Rosenbrock f;
  optim::LBFGS lbfgs({f.x}, options);
  for (int i = 0; i < 3; ++i) lbfgs.step([&] { return f(); });

  Rosenbrock g;
  g.x = f.x.detach().clone().requires_grad_();
  optim::LBFGS other({g.x});
  other.load_state_dict(lbfgs.state_dict());
  CHECK(other.param_groups()[0].options.line_search_fn == "strong_wolfe");
  for (int i = 0; i < 3; ++i) {
    lbfgs.step([&] { return f(); });
    other.step([&] { return g(); });
    CHECK(f.x.equal(g.x));
  }

  optim::StateDict broken = lbfgs.state_dict();
  broken.erase("state.0.old_dirs.1");
  broken.set("state.0.d", wick::zeros({3}, wick::float64));
  const Tensor before = g.x.detach().clone();
  CHECK_THROWS_WITH(other.load_state_dict(broken),
                    ContainsSubstring("Missing key(s) in state_dict: \"state.0.old_dirs.1\"") &&
                        ContainsSubstring("size mismatch for state.0.d"));
  lbfgs.step([&] { return f(); });
  other.step([&] { return g(); });
  CHECK(f.x.equal(g.x));
}

TEST_CASE("LBFGS: a closure that throws leaves everything as it was", "[optim]") {
  Rosenbrock f;
  optim::LBFGS lbfgs({f.x}, {.line_search_fn = "strong_wolfe"});
  int left = 7;
  const auto failing = [&] {
    if (left-- == 0) throw std::runtime_error("no more");
    return f();
  };
  const Tensor before = f.x.detach().clone();
  CHECK_THROWS_WITH(lbfgs.step(failing), "no more");
  CHECK(f.x.equal(before));
  CHECK_FALSE(lbfgs.state_dict().contains("state.0.n_iter"));

  // It begins as if nothing had happened.
  Rosenbrock g;
  optim::LBFGS fresh({g.x}, {.line_search_fn = "strong_wolfe"});
  lbfgs.step([&] { return f(); });
  fresh.step([&] { return g(); });
  CHECK(f.x.equal(g.x));
}

TEST_CASE("LBFGS: mistakes", "[optim]") {
  const Tensor a = wick::zeros({2});
  const Tensor b = wick::zeros({3});
  using Groups = std::vector<optim::ParamGroup<optim::LBFGSOptions>>;
  CHECK_THROWS_WITH(optim::LBFGS(Groups{{{a}}, {{b}}}),
                    "LBFGS doesn't support per-parameter options (parameter groups)");
  CHECK_THROWS_WITH(optim::LBFGS({a}, {.lr = -1}), "Invalid learning rate: -1");
  CHECK_THROWS_WITH(optim::LBFGS({a}, {.line_search_fn = "armijo"}),
                    "only 'strong_wolfe' is supported");
  optim::LBFGS lbfgs({a, b});
  CHECK(lbfgs.param_groups()[0].options.max_eval == 25);
  CHECK_THROWS_AS(lbfgs.step(), wick::TypeError);
}
