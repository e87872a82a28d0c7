/// \file
/// What the tests have in common that go over every optimizer.
#pragma once

#include <string>
#include <vector>

#include "any_optimizer.h"
#include "wick/random.h"

namespace any_optimizer {

inline const std::vector<std::string>& names() {
  static const std::vector<std::string> all = {"SGD",    "Adam",    "AdamW",   "NAdam",   "RAdam",
                                               "Adamax", "RMSprop", "Adagrad", "Adadelta"};
  return all;
}

/// Gradients that are the same in every run: of both signs, smaller later.
inline Tensor gradient(const Tensor& p, int step) {
  wick::Generator generator(step);
  return wick::randn(p.shape(), {.dtype = wick::float64}, &generator).div(step).to(p.dtype());
}

inline void run(optim::Optimizer& optimizer, int from, int to) {
  for (int step = from; step < to; ++step) {
    for (const Tensor& p : optimizer.parameters()) p.set_grad(gradient(p, step));
    optimizer.step();
  }
}

inline Tensor parameter(wick::DType dtype = wick::float64) {
  return wick::linspace(-1, 1, 6, {.dtype = wick::float64}).to(dtype).requires_grad_();
}

}  // namespace any_optimizer
