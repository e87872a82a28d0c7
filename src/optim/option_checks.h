// What the options of optimizers may be, with PyTorch's messages.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "wick/format.h"
#include "wick/optim/optimizer.h"

namespace wick::optim {

/// "Invalid learning rate: nan" unless the value is a number.
inline void check_finite(std::string_view what, double value) {
  if (!std::isfinite(value)) throw ValueError(fmt::format("Invalid {}: {}", what, value));
}

/// "Invalid learning rate: -1" unless the value is a number and not negative.
inline void check_not_negative(std::string_view what, double value) {
  if (!(value >= 0 && std::isfinite(value)))
    throw ValueError(fmt::format("Invalid {}: {}", what, value));
}

inline void check_lr(double lr) {
  if (lr == required)
    throw ValueError(
        "parameter group didn't specify a value of required optimization parameter lr");
  check_not_negative("learning rate", lr);
}

inline void check_betas(const std::array<double, 2>& betas) {
  for (size_t i = 0; i < betas.size(); ++i)
    if (!(betas[i] >= 0 && betas[i] < 1))
      throw ValueError(
          fmt::format("Invalid beta parameter at index {}: {}", i, python_repr(betas[i])));
}

}  // namespace wick::optim
