// Training runs against golden/training.json: the same seed gives PyTorch's losses, step by step.
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "catch.h"
#include "golden_path.h"
#include "wick/nn/activation.h"
#include "wick/nn/container.h"
#include "wick/nn/dropout.h"
#include "wick/nn/functional.h"
#include "wick/nn/functional_loss.h"
#include "wick/nn/linear.h"
#include "wick/ops.h"
#include "wick/optim/adagrad.h"
#include "wick/optim/adam.h"
#include "wick/optim/lbfgs.h"
#include "wick/optim/rmsprop.h"
#include "wick/optim/sgd.h"
#include "wick/random.h"

namespace {

namespace nn = wick::nn;
namespace F = wick::nn::functional;
namespace optim = wick::optim;
using nlohmann::json;
using wick::all;
using wick::slice;
using wick::Tensor;
using wick::tensor;
using Curve = std::vector<double>;
using Data = std::map<std::string, Tensor>;

json golden() {
  std::ifstream in(golden_path("training.json"));
  return json::parse(in);
}

nn::Sequential net() {
  wick::manual_seed(0);
  return nn::Sequential{nn::Linear(8, 16), nn::GELU(), nn::Linear(16, 4)};
}

nn::Sequential block() {
  wick::manual_seed(0);
  return nn::Sequential{nn::Linear(64, 256), nn::GELU(), nn::Dropout(0.1), nn::Linear(256, 64)};
}

/// As data() of golden/generate_training.py, in its order.
Data data() {
  wick::manual_seed(1);
  Data d;
  d["x"] = wick::randn({32, 8});
  d["y"] = wick::randn({32, 4});
  d["classes"] = wick::randint(0, 4, {32});
  d["p"] = wick::rand({32, 4});
  d["signs"] = (wick::randint(0, 2, {32, 4}) * 2 - 1).to(wick::float32);
  d["counts"] = wick::randint(0, 5, {32, 4}).to(wick::float32);
  return d;
}

using Loss = std::function<Tensor(const Tensor& output, Data& d)>;

/// As LOSSES of golden/generate_training.py.
const std::map<std::string, Loss>& losses() {
  static const Tensor weight = tensor({1., 2., 0.5, 3.});
  static const std::map<std::string, Loss> table{
      {"mse_loss", [](auto& o, auto& d) { return F::mse_loss(o, d["y"]); }},
      {"l1_loss", [](auto& o, auto& d) { return F::l1_loss(o, d["y"]); }},
      {"smooth_l1_loss",
       [](auto& o, auto& d) { return F::smooth_l1_loss(o, d["y"], {.beta = 0.5}); }},
      {"huber_loss", [](auto& o, auto& d) { return F::huber_loss(o, d["y"], {.delta = 0.7}); }},
      {"poisson_nll_loss",
       [](auto& o, auto& d) { return F::poisson_nll_loss(o, d["counts"], {.full = true}); }},
      {"gaussian_nll_loss",
       [](auto& o, auto& d) {
         return F::gaussian_nll_loss(o(all, slice(2)), d["y"](all, slice(2)),
                                     F::softplus(o(all, slice(2, 4))));
       }},
      {"cross_entropy", [](auto& o, auto& d) { return F::cross_entropy(o, d["classes"]); }},
      {"cross_entropy smoothed",
       [](auto& o, auto& d) {
         return F::cross_entropy(o, d["classes"],
                                 {.weight = weight, .ignore_index = 2, .label_smoothing = 0.1});
       }},
      {"cross_entropy probabilities", [](auto& o, auto& d) { return F::cross_entropy(o, d["p"]); }},
      {"nll_loss", [](auto& o, auto& d) { return F::nll_loss(log_softmax(o, 1), d["classes"]); }},
      {"binary_cross_entropy",
       [](auto& o, auto& d) { return F::binary_cross_entropy(sigmoid(o), d["p"]); }},
      {"binary_cross_entropy_with_logits",
       [](auto& o, auto& d) {
         return F::binary_cross_entropy_with_logits(o, d["p"], {.pos_weight = weight});
       }},
      {"kl_div",
       [](auto& o, auto& d) {
         return F::kl_div(log_softmax(o, 1), softmax(d["y"], 1), {.reduction = "batchmean"});
       }},
      {"cosine_embedding_loss",
       [](auto& o, auto& d) {
         return F::cosine_embedding_loss(o(slice(16)), o(slice(16, 32)), d["signs"](slice(16), 0),
                                         {.margin = 0.2});
       }},
      {"hinge_embedding_loss",
       [](auto& o, auto& d) { return F::hinge_embedding_loss(o.abs(), d["signs"]); }},
      {"margin_ranking_loss",
       [](auto& o, auto& d) {
         return F::margin_ranking_loss(o(all, 0), o(all, 1), d["signs"](all, 0), {.margin = 0.5});
       }},
      {"triplet_margin_loss",
       [](auto& o, auto&) {
         return F::triplet_margin_loss(o(slice(10)), o(slice(10, 20)), o(slice(20, 30)),
                                       {.swap = true});
       }},
  };
  return table;
}

template <class Options>
Options read_options(const json& from) {
  Options o;
  const auto read = [&from](const char* name, auto& field) {
    if (from.contains(name)) field = from[name].get<std::remove_cvref_t<decltype(field)>>();
  };
  if (from.contains("lr")) o.lr = from["lr"].get<double>();  // which may be required
#define WICK_READ(name) \
  if constexpr (requires { o.name; }) read(#name, o.name)
  WICK_READ(momentum);
  WICK_READ(dampening);
  WICK_READ(weight_decay);
  WICK_READ(nesterov);
  WICK_READ(maximize);
  WICK_READ(betas);
  WICK_READ(eps);
  WICK_READ(amsgrad);
  WICK_READ(momentum_decay);
  WICK_READ(alpha);
  WICK_READ(centered);
  WICK_READ(lr_decay);
  WICK_READ(initial_accumulator_value);
  WICK_READ(rho);
  WICK_READ(max_iter);
  WICK_READ(history_size);
  WICK_READ(line_search_fn);
#undef WICK_READ
  return o;
}

/// The loss that each step starts from.
template <class Optimizer>
Curve curve(Optimizer& optimizer, size_t steps, const std::function<Tensor()>& loss) {
  Curve result;
  const auto closure = [&] {
    optimizer.zero_grad();
    Tensor value = loss();
    value.backward();
    return value;
  };
  for (size_t i = 0; i < steps; ++i) {
    if constexpr (std::is_same_v<Optimizer, optim::LBFGS>) {
      result.push_back(optimizer.step(closure).template item<double>());
    } else {
      result.push_back(closure().template item<double>());
      optimizer.step();
    }
  }
  return result;
}

template <class Optimizer, class Options>
Curve trained(const json& options, const Loss& loss, size_t steps) {
  nn::Sequential model = net();
  Data d = data();
  if constexpr (std::is_same_v<Optimizer, optim::LBFGS>) {
    model.to(wick::float64);
    for (auto& [name, values] : d)
      if (values.is_floating_point()) values = values.to(wick::float64);
  }
  Optimizer optimizer(model.parameters(), read_options<Options>(options));
  return curve(optimizer, steps, [&] { return loss(model(d["x"]), d); });
}

using Training = std::function<Curve(const json& options, const Loss& loss, size_t steps)>;

const std::map<std::string, Training>& optimizers() {
  static const std::map<std::string, Training> table{
      {"SGD", trained<optim::SGD, optim::SGDOptions>},
      {"Adam", trained<optim::Adam, optim::AdamOptions>},
      {"AdamW", trained<optim::AdamW, optim::AdamWOptions>},
      {"NAdam", trained<optim::NAdam, optim::NAdamOptions>},
      {"RAdam", trained<optim::RAdam, optim::RAdamOptions>},
      {"Adamax", trained<optim::Adamax, optim::AdamaxOptions>},
      {"RMSprop", trained<optim::RMSprop, optim::RMSpropOptions>},
      {"Adagrad", trained<optim::Adagrad, optim::AdagradOptions>},
      {"Adadelta", trained<optim::Adadelta, optim::AdadeltaOptions>},
      {"LBFGS", trained<optim::LBFGS, optim::LBFGSOptions>},
  };
  return table;
}

void check_curve(const Curve& found, const json& expected) {
  const auto curve = expected.get<Curve>();
  REQUIRE(found.size() == curve.size());
  for (size_t step = 0; step < curve.size(); ++step) {
    INFO("step " << step);
    CHECK(found[step] == Approx(curve[step]).epsilon(1e-5).margin(0));
  }
}

}  // namespace

TEST_CASE("every optimizer gives PyTorch's losses at every step", "[optim][golden][parity]") {
  const json file = golden();
  for (const json& entry : file["optimizers"]) {
    INFO(entry["case"]);
    const json& expected = entry["close"]["curve"];
    check_curve(optimizers().at(entry["optimizer"])(entry["options"], losses().at(entry["loss"]),
                                                    expected.size()),
                expected);
  }
}

TEST_CASE("training with every loss gives PyTorch's losses at every step",
          "[optim][golden][parity]") {
  const json file = golden();
  CHECK(file["losses"].size() == losses().size());
  for (const json& entry : file["losses"]) {
    INFO(entry["case"]);
    const json& expected = entry["close"]["curve"];
    check_curve(trained<optim::SGD, optim::SGDOptions>({{"lr", entry["lr"]}},
                                                       losses().at(entry["case"]), expected.size()),
                expected);
  }
}

TEST_CASE("a Transformer's block trains as PyTorch's, dropout and all", "[optim][golden][parity]") {
  const json file = golden();
  nn::Sequential model = block();
  wick::manual_seed(1);
  const Tensor x = wick::randn({16, 64});
  const Tensor y = wick::randn({16, 64});
  wick::manual_seed(2);
  SECTION("losses at every step") {
    const json& expected = file["block"]["close"]["curve"];
    optim::AdamW optimizer(model.parameters(), {.lr = 1e-3});
    check_curve(curve(optimizer, expected.size(), [&] { return F::mse_loss(model(x), y); }),
                expected);
  }
  SECTION("gradients") {
    F::mse_loss(model(x), y, {.reduction = "sum"}).backward();
    for (const auto& [name, parameter] : model.named_parameters()) {
      INFO(name);
      const auto expected = file["block_gradients"]["close"][name].get<std::vector<double>>();
      const auto found = parameter.grad().to_vector<double>();
      REQUIRE(found.size() == expected.size());
      double largest = 0;
      double apart = 0;
      for (size_t i = 0; i < found.size(); ++i) {
        largest = std::max(largest, std::abs(expected[i]));
        apart = std::max(apart, std::abs(found[i] - expected[i]));
      }
      CHECK(apart <= 1e-6 * largest);
    }
  }
}
