#include "kernels/math/erfinv.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace wick::kernels {
namespace {

/// A closed form within 0.4 % (S. Winitzki, 2008): solves log(1 - x^2) =~ -y^2 (4/pi + a y^2) /
/// (1 + a y^2) for y; `complement` is 1 - x.
double first_guess(double x, double complement) {
  constexpr double a = 0.147;
  const double log_term = std::log(complement * (1 + x));
  const double t = 2 / (std::numbers::pi * a) + log_term / 2;
  return std::sqrt(std::sqrt(t * t - log_term / a) - t);
}

}  // namespace

double erfinv(double x) {
  const double magnitude = std::fabs(x);
  if (std::isnan(x) || magnitude > 1) return std::numeric_limits<double>::quiet_NaN();
  if (magnitude == 1) return std::copysign(std::numeric_limits<double>::infinity(), x);
  const double slope = 2 * std::numbers::inv_sqrtpi;  // of erf at 0
  if (magnitude < 1e-9) return x / slope;             // the next term is x^3

  const double complement = 1 - magnitude;
  // Below 1e-3 the closed form cancels; there the series' first two terms are closer.
  double y = magnitude < 1e-3
                 ? (magnitude + std::numbers::pi / 12 * magnitude * magnitude * magnitude) / slope
                 : first_guess(magnitude, complement);
  // Halley's method triples the number of right digits. In the upper half erfc keeps the digits
  // that erf, so close to 1, has lost; 1 - |x| is exact there.
  for (int step = 0; step < 2; ++step) {
    const double error = magnitude < 0.5 ? std::erf(y) - magnitude : complement - std::erfc(y);
    const double newton = error / (slope * std::exp(-y * y));
    y -= newton / (1 + y * newton);
  }
  return std::copysign(y, x);
}

}  // namespace wick::kernels
