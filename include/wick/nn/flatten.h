/// \file
/// Flatten.
#pragma once

#include "wick/nn/module.h"
#include "wick/ops.h"

namespace wick::nn {

/// Arguments of Flatten.
struct FlattenOptions {
  int64_t start_dim = 1;
  int64_t end_dim = -1;
  WICK_OPTIONS(start_dim, end_dim)
};

/// Merges dimensions start_dim to end_dim: [8, 3, 4] -> [8, 12].
///
///     nn::Flatten()(x)
struct WICK_API Flatten : Module {
  using Options = FlattenOptions;
  explicit Flatten(FlattenOptions o = {}) : options(o) {}
  Flatten(Dim start_dim, Dim end_dim) : options{start_dim, end_dim} {}
  Tensor forward(const Tensor& x) const override {
    return flatten(x, options.start_dim, options.end_dim);
  }

  FlattenOptions options;
  WICK_MODULE(Flatten, options)
};

}  // namespace wick::nn
