// Messages of optimizers: those of golden/errors.json, and of PyTorch where that has none.
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "any_optimizer.h"
#include "wick/nn/utils.h"

namespace {

using namespace any_optimizer;

template <class Options>
Options with(double Options::*field, double value) {
  Options options;
  options.lr = 0.1;
  options.*field = value;
  return options;
}

template <class O>
std::string error_of(const O& options) {
  try {
    optim::checked(options);
  } catch (const wick::ValueError& error) {
    return error.what();
  }
  return "none";
}

/// The cases of golden/errors.json that are about optimizers. "SGD tensor" does not compile.
const std::map<std::string, std::function<void()>>& golden_cases() {
  static const Tensor w = wick::zeros({2}).requires_grad_();
  static const std::map<std::string, std::function<void()>> cases = {
      {"SGD no lr", [] { optim::SGD({w}); }},
      {"SGD lr<0", [] { optim::SGD({w}, {.lr = -1}); }},
      {"SGD momentum<0", [] { optim::SGD({w}, {.lr = 1, .momentum = -1}); }},
      {"SGD nesterov", [] { optim::SGD({w}, {.lr = 1, .nesterov = true}); }},
      {"SGD non-leaf", [] { optim::SGD({w * 2}, {.lr = 1}); }},
      {"SGD duplicate",
       [] {
         optim::SGD({w, w}, {.lr = 1});
       }},
      {"SGD dup groups",
       [] {
         optim::SGD({{{w}, {.lr = 1}}, {{w}, {.lr = 1}}});
       }},
      {"Adam betas",
       [] {
         optim::Adam({w}, {.betas = {1.0, 0.999}});
       }},
      {"Adam eps", [] { optim::Adam({w}, {.eps = -1}); }},
      {"Adam lr", [] { optim::Adam({w}, {.lr = -1}); }},
      {"clip_grad_norm nonfinite",
       [] {
         const Tensor v = wick::zeros({1}).requires_grad_();
         v.set_grad(wick::full({1}, std::numeric_limits<double>::infinity()));
         wick::nn::utils::clip_grad_norm_({v}, 1, 2, true);
       }},
  };
  return cases;
}

}  // namespace

TEST_CASE("mistakes with optimizers are answered as PyTorch answers them", "[optim][errors]") {
  const json facts = json::parse(std::ifstream(golden_path("errors.json")));
  size_t checked = 0;
  for (const json& entry : facts["cases"]) {
    const auto found = golden_cases().find(entry["case"].get<std::string>());
    if (found == golden_cases().end()) continue;
    CAPTURE(found->first);
    ++checked;
    std::string message = "None";
    try {
      found->second();
    } catch (const wick::Error& error) {
      message = error.what();
    }
    CHECK(message == entry["message"].get<std::string>());
  }
  CHECK(checked == golden_cases().size());
}

TEST_CASE("options of optimizers: PyTorch's errors", "[optim]") {
  const Tensor w = wick::zeros({2}).requires_grad_();
  CHECK_THROWS_WITH(optim::SGD({w}),
                    "parameter group didn't specify a value of required optimization parameter lr");
  CHECK_THROWS_WITH(optim::SGD({w}, {.lr = -1}), "Invalid learning rate: -1");
  CHECK_THROWS_WITH(optim::SGD({w}, {.lr = 1, .momentum = -1}), "Invalid momentum value: -1");
  CHECK_THROWS_WITH(optim::SGD({w}, {.lr = 1, .weight_decay = -0.5}),
                    "Invalid weight_decay value: -0.5");
  const std::string nesterov = "Nesterov momentum requires a momentum and zero dampening";
  CHECK_THROWS_WITH(optim::SGD({w}, {.lr = 1, .nesterov = true}), nesterov);
  CHECK_THROWS_WITH(optim::SGD({w}, {.lr = 1, .momentum = 0.5, .dampening = 0.1, .nesterov = true}),
                    nesterov);
  CHECK_THROWS_WITH(optim::Adam({w}, {.lr = -1}), "Invalid learning rate: -1");
  CHECK_THROWS_WITH(optim::Adam({w}, {.betas = {1.0, 0.9}}),
                    "Invalid beta parameter at index 0: 1.0");
  CHECK_THROWS_WITH(optim::Adam({w}, {.betas = {0.9, -0.5}}),
                    "Invalid beta parameter at index 1: -0.5");
  CHECK_THROWS_WITH(optim::Adam({w}, {.eps = -1}), "Invalid epsilon value: -1");

  CHECK(error_of(with(&optim::AdamOptions::lr, std::nan(""))) == "Invalid learning rate: nan");
  CHECK(error_of(with(&optim::AdamWOptions::weight_decay, -1)) == "Invalid weight_decay value: -1");
  CHECK(error_of(with(&optim::NAdamOptions::momentum_decay, -1)) ==
        "Invalid momentum_decay value: -1");
  CHECK(error_of(with(&optim::RAdamOptions::eps, -1)) == "Invalid epsilon value: -1");
  CHECK(error_of(with(&optim::AdamaxOptions::lr, -1)) == "Invalid learning rate: -1");
  CHECK(error_of(with(&optim::RMSpropOptions::alpha, -1)) == "Invalid alpha value: -1");
  CHECK(error_of(with(&optim::RMSpropOptions::momentum, -1)) == "Invalid momentum value: -1");
  CHECK(error_of(with(&optim::AdagradOptions::lr_decay, -1)) == "Invalid lr_decay value: -1");
  CHECK(error_of(with(&optim::AdagradOptions::initial_accumulator_value, -1)) ==
        "Invalid initial_accumulator_value value: -1");
  CHECK(error_of(with(&optim::AdadeltaOptions::rho, 1.5)) == "Invalid rho value: 1.5");
  CHECK(error_of(with(&optim::AdadeltaOptions::rho, 1)) == "none");
}
