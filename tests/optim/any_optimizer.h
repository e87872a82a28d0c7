/// \file
/// Optimizers by name, with options from JSON as golden/optim.json has them.
#pragma once

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.h"
#include "golden_path.h"
#include "wick/format.h"
#include "wick/ops.h"
#include "wick/optim/adagrad.h"
#include "wick/optim/adam.h"
#include "wick/optim/lbfgs.h"
#include "wick/optim/rmsprop.h"
#include "wick/optim/sgd.h"

namespace any_optimizer {

namespace optim = wick::optim;
using nlohmann::json;
using wick::DType;
using wick::Tensor;

inline const json& golden() {
  static const json facts = json::parse(std::ifstream(golden_path("optim.json")));
  return facts;
}

template <class Options>
Options options_from(const json& given) {
  using Kind = optim::Option::Kind;
  Options options;
  if (given.contains("lr")) options.lr = given["lr"].get<double>();  // which may be required
  size_t used = 0;
  for (const optim::Option& option : optim::named_options(options)) {
    const auto found = given.find(std::string(option.name()));
    if (found == given.end()) continue;
    ++used;
    if (option.kind() == Kind::number) option.number() = found->get<double>();
    if (option.kind() == Kind::integer) option.integer() = found->get<int64_t>();
    if (option.kind() == Kind::boolean) option.boolean() = found->get<bool>();
    if (option.kind() == Kind::text) option.text() = found->get<std::string>();
    if (option.kind() == Kind::pair) option.pair() = found->get<std::array<double, 2>>();
  }
  if (used != given.size()) throw std::runtime_error("unknown option in " + given.dump());
  return options;
}

template <class O, class Options>
std::unique_ptr<optim::Optimizer> made(const std::vector<Tensor>& params, const json& options) {
  return std::make_unique<O>(params, options_from<Options>(options));
}

/// The optimizer called `name`.
inline std::unique_ptr<optim::Optimizer> make(const std::string& name,
                                              const std::vector<Tensor>& params,
                                              const json& options) {
  if (name == "SGD") return made<optim::SGD, optim::SGDOptions>(params, options);
  if (name == "Adam") return made<optim::Adam, optim::AdamOptions>(params, options);
  if (name == "AdamW") return made<optim::AdamW, optim::AdamWOptions>(params, options);
  if (name == "NAdam") return made<optim::NAdam, optim::NAdamOptions>(params, options);
  if (name == "RAdam") return made<optim::RAdam, optim::RAdamOptions>(params, options);
  if (name == "Adamax") return made<optim::Adamax, optim::AdamaxOptions>(params, options);
  if (name == "RMSprop") return made<optim::RMSprop, optim::RMSpropOptions>(params, options);
  if (name == "Adagrad") return made<optim::Adagrad, optim::AdagradOptions>(params, options);
  if (name == "Adadelta") return made<optim::Adadelta, optim::AdadeltaOptions>(params, options);
  throw std::runtime_error("no optimizer " + name);
}

/// The golden file's two parameters, or gradients for them.
inline std::vector<Tensor> split(const json& values, DType dtype) {
  const auto numbers = values.get<std::vector<double>>();
  const Tensor row = wick::tensor(numbers).to(dtype);
  return {row.narrow(0, 0, 21).clone().view({3, 7}), row.narrow(0, 21, 5).clone()};
}

inline std::vector<Tensor> start(DType dtype) {
  std::vector<Tensor> params = split(golden()["start"], dtype);
  for (const Tensor& param : params) param.requires_grad_();
  return params;
}

/// Step `step`, counted from 1, of the golden file: the second parameter has no gradient in each
/// third step.
inline void golden_step(optim::Optimizer& optimizer, const std::vector<Tensor>& params,
                        size_t step) {
  const std::vector<Tensor> grads = split(golden()["grads"][step - 1], params[0].dtype());
  for (size_t i = 0; i < params.size(); ++i)
    params[i].set_grad(i == 1 && step % 3 == 2 ? Tensor() : grads[i].to(params[i].dtype()));
  optimizer.step();
}

inline std::vector<double> numbers(const std::vector<Tensor>& tensors) {
  std::vector<double> all;
  for (const Tensor& tensor : tensors)
    for (const double value : tensor.detach().to(wick::float64).to_vector<double>())
      all.push_back(value);
  return all;
}

}  // namespace any_optimizer
