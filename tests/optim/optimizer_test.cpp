// What all optimizers share: options, groups, gradients that are missing or do not fit.
#include <limits>

#include "any_optimizer.h"
#include "wick/autograd.h"
#include "wick/device.h"
#include "wick/nn/linear.h"

namespace {

using namespace any_optimizer;
using wick::tensor;

constexpr double inf = std::numeric_limits<double>::infinity();

const std::vector<std::string>& names() {
  static const std::vector<std::string> all = {"SGD",    "Adam",    "AdamW",   "NAdam",   "RAdam",
                                               "Adamax", "RMSprop", "Adagrad", "Adadelta"};
  return all;
}

/// Options with which every average of the optimizer is in use.
json full_options(const std::string& name) {
  json options = {{"lr", 0.1}};
  if (name == "SGD" || name == "RMSprop") options["momentum"] = 0.9;
  if (name == "RMSprop") options["centered"] = true;
  if (name == "Adam" || name == "AdamW") options["amsgrad"] = true;
  return options;
}

/// One step with gradient 1 everywhere.
void step_once(optim::Optimizer& optimizer) {
  for (const Tensor& param : optimizer.parameters()) param.set_grad(param.detach().ones_like());
  optimizer.step();
}

}  // namespace

TEST_CASE("parameter groups", "[optim]") {
  const Tensor a = wick::zeros({2}).requires_grad_();
  const Tensor b = wick::zeros({3}).requires_grad_();
  const Tensor c = wick::zeros({}).requires_grad_();
  optim::SGD sgd({{{a}, {.lr = 0.5}}, {{b}, {.lr = 0.25, .maximize = true}}});
  REQUIRE(sgd.param_group_count() == 2);
  CHECK(sgd.lr(1) == 0.25);
  step_once(sgd);
  CHECK(a.equal(wick::full({2}, -0.5)));
  CHECK(b.equal(wick::full({3}, 0.25)));

  sgd.add_param_group({{c}, {.lr = 1}});
  sgd.param_groups()[0].options.lr = 2;
  sgd.set_lr(1, 4);
  step_once(sgd);
  CHECK(a.equal(wick::full({2}, -2.5)));
  CHECK(b.equal(wick::full({3}, 4.25)));
  CHECK(c.item<float>() == -1);
  sgd.set_lr(0.125);
  CHECK((sgd.lr(0) == 0.125 && sgd.lr(1) == 0.125 && sgd.lr(2) == 0.125));
  CHECK_THROWS_AS(sgd.lr(3), wick::IndexError);
  CHECK(sgd.parameters().size() == 3);

  // A group that cannot be added changes nothing.
  const Tensor d = wick::zeros({1}).requires_grad_();
  CHECK_THROWS_WITH(sgd.add_param_group({{d, a}, {.lr = 1}}),
                    "some parameters appear in more than one parameter group");
  CHECK_THROWS_WITH(sgd.add_param_group({{d, a * 2}, {.lr = 1}}),
                    "can't optimize a non-leaf Tensor");
  CHECK_THROWS_AS(sgd.add_param_group({{d, Tensor()}, {.lr = 1}}), wick::TypeError);
  CHECK_THROWS_WITH(sgd.add_param_group({{d}, {.lr = -2}}), "Invalid learning rate: -2");
  CHECK(sgd.param_group_count() == 3);
  CHECK(sgd.parameters().size() == 3);

  CHECK_THROWS_WITH(optim::SGD(std::vector<Tensor>{}, {.lr = 1}),
                    "optimizer got an empty parameter list");
  using Groups = std::vector<optim::ParamGroup<optim::SGDOptions>>;
  CHECK_THROWS_WITH(optim::SGD(Groups{}), "optimizer got an empty parameter list");
  CHECK_THROWS_WITH(optim::SGD(Groups{{{a}, {.lr = 1}}, {{a}, {.lr = 1}}}),
                    "some parameters appear in more than one parameter group");
}

TEST_CASE("an optimizer changes the model that its parameters came from", "[optim]") {
  wick::nn::Linear linear(3, 2);
  const Tensor before = linear.weight.detach().clone();
  optim::AdamW optimizer(linear.parameters(), {.lr = 0.1});
  const wick::nn::Linear moved = std::move(linear);
  const Tensor y = moved(wick::ones({1, 3}));
  step_once(optimizer);
  CHECK_FALSE(moved.weight.detach().equal(before));
  // What is packed for matrix products is renewed.
  CHECK_FALSE(moved(wick::ones({1, 3})).allclose(y));
  CHECK(moved(wick::ones({1, 3}))
            .allclose(matmul(wick::ones({1, 3}), moved.weight.t()) + moved.bias));
}

TEST_CASE("zero_grad and closures", "[optim]") {
  const Tensor w = wick::zeros({2}).requires_grad_();
  const Tensor none = wick::zeros({2}).requires_grad_();
  optim::SGD sgd({w, none}, {.lr = 1});
  const Tensor grad = wick::ones({2});
  w.set_grad(grad);
  sgd.zero_grad(false);
  CHECK(w.grad().is_same(grad));
  CHECK(grad.equal(wick::zeros({2})));
  CHECK_FALSE(none.grad().defined());
  sgd.zero_grad();
  CHECK_FALSE(w.grad().defined());

  const Tensor loss = sgd.step([&] {
    w.set_grad(wick::full({2}, 3.0));
    return tensor(7.0);
  });
  CHECK(loss.item<float>() == 7);
  CHECK(w.equal(wick::full({2}, -3.0)));
  CHECK(none.equal(wick::zeros({2})));
}

TEST_CASE("parameters without a gradient are skipped, steps count for each", "[optim]") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    const Tensor a = wick::ones({3}).requires_grad_();
    const Tensor b = wick::ones({3}).requires_grad_();
    const auto optimizer = make(name, {a, b}, full_options(name));
    a.set_grad(wick::full({3}, 0.5));
    const uint64_t version = b.version();
    optimizer->step();
    CHECK(b.equal(wick::ones({3})));
    CHECK(b.version() == version);
    CHECK_FALSE(a.equal(wick::ones({3})));
    CHECK(a.version() > 0);
    for (const auto& [key, value] : optimizer->state_dict())
      CHECK_FALSE(key.starts_with("state.1."));
    // b's first step is the one that a made.
    const Tensor after = a.detach().clone();
    b.set_grad(a.grad());
    a.set_grad({});
    optimizer->step();
    CHECK(b.equal(after));
    CHECK(a.equal(after));
  }
}

TEST_CASE("a gradient that does not fit: nothing is changed", "[optim]") {
  for (const std::string& name : names()) {
    CAPTURE(name);
    const Tensor a = wick::ones({3}).requires_grad_();
    const Tensor b = wick::ones({4}).requires_grad_();
    const auto optimizer = make(name, {a, b}, full_options(name));
    step_once(*optimizer);
    const Tensor a_before = a.detach().clone();
    const optim::StateDict state = optimizer->state_dict();
    std::vector<Tensor> kept;
    for (const auto& [key, value] : state) kept.push_back(value.clone());

    b.set_data(wick::ones({2, 2}));
    CHECK_THROWS_AS(optimizer->step(), wick::ShapeError);
    b.set_grad({});
    b.set_grad(wick::ones({2, 2}));
    CHECK_THROWS_AS(optimizer->step(), wick::ShapeError);  // an average of the old shape
    b.set_data(wick::ones({1}).expand({4}));
    b.set_grad(wick::ones({4}));
    CHECK_THROWS_WITH(optimizer->step(), ContainsSubstring("single memory location"));

    CHECK(a.equal(a_before));
    const optim::StateDict now = optimizer->state_dict();
    REQUIRE(now.size() == state.size());
    size_t i = 0;
    for (const auto& [key, value] : now) CHECK(value.equal(kept[i++]));
  }
  const Tensor whole = tensor({1, 2});
  optim::SGD sgd({whole}, {.lr = 1});
  whole.set_grad(tensor({1, 1}));
  CHECK_THROWS_AS(sgd.step(), wick::TypeError);
  CHECK(whole.equal(tensor({1, 2})));
}

TEST_CASE("gradients that are not finite go through", "[optim]") {
  const Tensor w = wick::zeros({4}).requires_grad_();
  w.set_grad(tensor({inf, -inf, std::nan(""), 1.0}));
  optim::SGD sgd({w}, {.lr = 1});
  sgd.step();
  const auto now = w.to_vector<double>();
  CHECK(now[0] == -inf);
  CHECK(now[1] == inf);
  CHECK(std::isnan(now[2]));
  CHECK(now[3] == -1);

  // amsgrad's and Adamax's maximum keep a nan, whichever side it comes from.
  for (const std::string name : {"Adam", "Adamax"}) {
    const Tensor v = wick::zeros({1}).requires_grad_();
    const auto optimizer = make(name, {v}, full_options(name));
    v.set_grad(tensor({std::nan("")}));
    optimizer->step();
    v.set_grad(tensor({1.0}));
    optimizer->step();
    CHECK(std::isnan(v.item<double>()));
  }
  // No decay: 0 times an infinite parameter is not added.
  const Tensor u = tensor({inf}).requires_grad_();
  optim::SGD plain({u}, {.lr = 1});
  step_once(plain);
  CHECK(u.item<double>() == inf);
}

TEST_CASE("a parameter that is listed twice is updated once", "[optim]") {
  const Tensor twice = wick::zeros({40000}).requires_grad_();
  const Tensor once = wick::zeros({40000}).requires_grad_();
  optim::SGD a({twice, twice}, {.lr = 0.5, .momentum = 0.5});
  optim::SGD b({once}, {.lr = 0.5, .momentum = 0.5});
  step_once(a);
  step_once(b);
  CHECK(twice.equal(once));
  CHECK(a.parameters().size() == 1);
  const optim::StateDict state = a.state_dict();
  CHECK(state.contains("state.0.momentum_buffer"));
  CHECK_FALSE(state.contains("state.1.momentum_buffer"));
  CHECK(state["param_groups.0.params"].equal(tensor({0})));
}

TEST_CASE("the number of threads changes no bit", "[optim]") {
  const int threads = wick::get_num_threads();
  for (const std::string& name : names()) {
    CAPTURE(name);
    std::vector<std::vector<Tensor>> results;
    for (const int count : {1, 3}) {
      wick::set_num_threads(count);
      std::vector<Tensor> params;
      for (const int64_t n : {50001, 7, 0, 40000, 1})
        params.push_back((wick::arange(n) % 97 / 50.0).requires_grad_());
      const auto optimizer = make(name, params, full_options(name));
      for (int step = 0; step < 3; ++step) {
        for (const Tensor& param : params)
          param.set_grad(wick::arange(param.numel()) % (31 + step) / 20.0 - 0.7);
        optimizer->step();
      }
      results.push_back(params);
    }
    for (size_t i = 0; i < results[0].size(); ++i) CHECK(results[0][i].equal(results[1][i]));
  }
  wick::set_num_threads(threads);
}

TEST_CASE("optimizers work on the meta device", "[optim]") {
  const Tensor w = wick::zeros({2, 3}, {.device = wick::meta}).requires_grad_();
  for (const std::string& name : names()) {
    const auto optimizer = make(name, {w}, full_options(name));
    step_once(*optimizer);
    CHECK(optimizer->parameters()[0].is_meta());
  }
}

TEST_CASE("a model that is converted keeps its averages", "[optim]") {
  const Tensor w = wick::ones({3}).requires_grad_();
  optim::SGD sgd({w}, {.lr = 1, .momentum = 0.5});
  step_once(sgd);
  w.set_grad({});
  w.set_data(w.detach().to(wick::float64));
  step_once(sgd);
  CHECK(w.equal(wick::full({3}, 1 - 1 - 1.5, wick::float64)));
  CHECK(sgd.state_dict()["state.0.momentum_buffer"].dtype() == wick::float64);
}

TEST_CASE("optimizers print as PyTorch's", "[optim]") {
  const Tensor w = wick::zeros({2});
  optim::Adam adam({w}, {.amsgrad = true});
  CHECK(fmt::format("{}", adam) ==
        "Adam (\nParameter Group 0\n    amsgrad: True\n    betas: (0.9, 0.999)\n"
        "    decoupled_weight_decay: False\n    eps: 1e-08\n    lr: 0.001\n    maximize: False\n"
        "    weight_decay: 0\n)");
}
