#pragma once
// The pointwise functions, one entry each: the name, and what it makes of a vector x of the lanes
// d, which are floats or doubles. The enumerations, the kernels and their switches come from here.
//
// Those not named after a function of <cmath>: sign(x) is -1, 0 or 1, and 0 for NaN;
// relu(x) = x < 0 ? 0 : x, so NaN and -0 stay; round is to the nearest integer, ties to even;
// square(x) = x * x; rsqrt(x) = 1 / sqrt(x); sigmoid(x) = 1 / (1 + exp(-x));
// silu(x) = x * sigmoid(x); softplus(x) = log(1 + exp(x));
// gelu(x) = x * P(Z <= x) for Z standard normal = 0.5 * x * erfc(-x / sqrt(2));
// gelu_tanh(x) = 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))).

#define WICK_UNARY_LIST(entry)                                                                \
  entry(abs, hn::Abs(x)) entry(neg, hn::Neg(x)) entry(sign, Sign(d, x)) entry(exp, Exp(d, x)) \
      entry(expm1, Expm1(d, x)) entry(log, Log(d, x)) entry(log1p, Log1p(d, x))               \
          entry(sqrt, hn::Sqrt(x)) entry(rsqrt, hn::Div(hn::Set(d, 1.0f), hn::Sqrt(x)))       \
              entry(reciprocal, hn::Div(hn::Set(d, 1.0f), x)) entry(sin, Sin(d, x))           \
                  entry(cos, Cos(d, x)) entry(tanh, Tanh(d, x)) entry(sigmoid, Sigmoid(d, x)) \
                      entry(erf, Erf(d, x)) entry(erfc, Erfc(d, x)) entry(relu, Relu(d, x))   \
                          entry(gelu, Gelu(d, x)) entry(gelu_tanh, GeluTanh(d, x))            \
                              entry(silu, Silu(d, x)) entry(softplus, Softplus(d, x))         \
                                  entry(floor, Floor(d, x)) entry(ceil, Ceil(d, x))           \
                                      entry(round, Round(d, x)) entry(square, hn::Mul(x, x))

// The gradient of the argument from dy, that of the result, and from v: the argument x or, where
// the name says so, the result y.
//   gelu            P(Z <= x) + x phi(x), Z standard normal and phi its density
//   gelu_tanh       s (1 + x (1 - s) z'), s = sigmoid(z),
//                   z = 2 sqrt(2 / pi) (x + 0.044715 x^3), z' = dz / dx
//   silu            s (1 + x (1 - s)), s = sigmoid(x)
//   erf             2 / sqrt(pi) exp(-x^2); that of erfc is its negative
//   sigmoid_from_y  y (1 - y)
//   tanh_from_y     1 - y^2
//   relu_from_y     1 where y > 0 or NaN, else 0: not a product, for 0 times infinity is NaN

#define WICK_UNARY_GRAD_LIST(entry)                                                          \
  entry(gelu, hn::Mul(dy, GeluGrad(d, v))) entry(gelu_tanh, hn::Mul(dy, GeluTanhGrad(d, v))) \
      entry(silu, hn::Mul(dy, SiluGrad(d, v))) entry(erf, hn::Mul(dy, ErfGrad(d, v)))        \
          entry(sigmoid_from_y, hn::Mul(dy, SigmoidGradFromResult(d, v)))                    \
              entry(tanh_from_y, hn::Mul(dy, TanhGradFromResult(d, v)))                      \
                  entry(relu_from_y, hn::IfThenZeroElse(hn::Le(v, hn::Zero(d)), dy))
