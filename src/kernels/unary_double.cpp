#include <cmath>
#include <cstddef>

#include "kernels/math_scalar.h"
#include "kernels/unary.h"

namespace wick::kernels {
namespace {

template <class F>
void map(const double* x, double* y, std::size_t n, F f) {
  for (std::size_t i = 0; i < n; ++i) y[i] = f(x[i]);
}

}  // namespace

void unary(Unary op, const double* x, double* y, std::size_t n, Stores) {
  switch (op) {
    case Unary::abs:
      return map(x, y, n, [](double v) { return std::fabs(v); });
    case Unary::neg:
      return map(x, y, n, [](double v) { return -v; });
    case Unary::sign:
      return map(x, y, n, scalar::sign);
    case Unary::exp:
      return map(x, y, n, [](double v) { return std::exp(v); });
    case Unary::expm1:
      return map(x, y, n, [](double v) { return std::expm1(v); });
    case Unary::log:
      return map(x, y, n, [](double v) { return std::log(v); });
    case Unary::log1p:
      return map(x, y, n, [](double v) { return std::log1p(v); });
    case Unary::sqrt:
      return map(x, y, n, [](double v) { return std::sqrt(v); });
    case Unary::rsqrt:
      return map(x, y, n, [](double v) { return 1.0 / std::sqrt(v); });
    case Unary::reciprocal:
      return map(x, y, n, [](double v) { return 1.0 / v; });
    case Unary::sin:
      return map(x, y, n, [](double v) { return std::sin(v); });
    case Unary::cos:
      return map(x, y, n, [](double v) { return std::cos(v); });
    case Unary::tanh:
      return map(x, y, n, [](double v) { return std::tanh(v); });
    case Unary::sigmoid:
      return map(x, y, n, scalar::sigmoid);
    case Unary::erf:
      return map(x, y, n, [](double v) { return std::erf(v); });
    case Unary::erfc:
      return map(x, y, n, [](double v) { return std::erfc(v); });
    case Unary::relu:
      return map(x, y, n, scalar::relu);
    case Unary::gelu:
      return map(x, y, n, scalar::gelu);
    case Unary::gelu_tanh:
      return map(x, y, n, scalar::gelu_tanh);
    case Unary::silu:
      return map(x, y, n, scalar::silu);
    case Unary::softplus:
      return map(x, y, n, scalar::softplus);
    case Unary::floor:
      return map(x, y, n, [](double v) { return std::floor(v); });
    case Unary::ceil:
      return map(x, y, n, [](double v) { return std::ceil(v); });
    case Unary::round:
      return map(x, y, n, [](double v) { return std::nearbyint(v); });
    case Unary::square:
      return map(x, y, n, [](double v) { return v * v; });
  }
}

}  // namespace wick::kernels
