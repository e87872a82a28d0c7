// A line search with the strong Wolfe conditions, as PyTorch's LBFGS has it.
#pragma once

#include "wick/callback.h"
#include "wick/tensor.h"

namespace wick::optim {

/// A point on the line: step size, loss, gradient, and its component along the line.
struct LinePoint {
  double t = 0;
  double f = 0;
  Tensor g;
  double gtd = 0;
};

/// The minimum of the cubic through two points with their derivatives, kept within [low, high].
double cubic_interpolate(const LinePoint& a, const LinePoint& b, double low, double high);

/// Looks for a step size from `first` on; `start` is the point of step 0. `evaluate` gives the
/// point of a step size, `d_norm` is the largest entry of the direction. Adds the number of
/// evaluations, of which there are at most max_ls + 1, to `evaluations`.
LinePoint strong_wolfe_point(const Callback<LinePoint(double)>& evaluate, const LinePoint& start,
                             double first, double d_norm, int64_t max_ls, int64_t& evaluations);

}  // namespace wick::optim
