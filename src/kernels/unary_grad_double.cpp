#include <cstddef>

#include "kernels/math_scalar.h"
#include "kernels/math_scalar_grad.h"
#include "kernels/unary_grad.h"

namespace wick::kernels {
namespace {

template <class F>
void map(const double* dy, const double* v, double* dx, std::size_t n, F f) {
  for (std::size_t i = 0; i < n; ++i) dx[i] = dy[i] * f(v[i]);
}

}  // namespace

void unary_grad(UnaryGrad op, const double* dy, const double* v, double* dx, std::size_t n,
                Stores) {
  switch (op) {
    case UnaryGrad::gelu:
      return map(dy, v, dx, n, scalar::gelu_grad);
    case UnaryGrad::gelu_tanh:
      return map(dy, v, dx, n, scalar::gelu_tanh_grad);
    case UnaryGrad::silu:
      return map(dy, v, dx, n, scalar::silu_grad);
    case UnaryGrad::erf:
      return map(dy, v, dx, n, scalar::erf_grad);
    case UnaryGrad::sigmoid_from_y:
      return map(dy, v, dx, n, scalar::sigmoid_grad_from_result);
    case UnaryGrad::tanh_from_y:
      return map(dy, v, dx, n, scalar::tanh_grad_from_result);
    case UnaryGrad::relu_from_y:
      // Not a product: 0 times infinity is NaN.
      for (std::size_t i = 0; i < n; ++i) dx[i] = v[i] <= 0 ? 0.0 : dy[i];
      return;
  }
}

void softplus_grad(const double* dy, const double* x, double* dx, std::size_t n, double beta,
                   double threshold, Stores) {
  map(dy, x, dx, n, [=](double v) {
    const double scaled = beta * v;
    return scaled > threshold ? 1.0 : scalar::sigmoid(scaled);
  });
}

}  // namespace wick::kernels
