/// \file
/// Filling weights in place, as torch.nn.init (https://pytorch.org/docs/stable/nn.init.html).
///
/// Each fills `t` without recording gradients, draws from `generator` or the default one, and
/// returns `t`. For a seed the numbers are PyTorch's: bit for bit where only uniform and normal
/// numbers are drawn, up to rounding for trunc_normal_ and orthogonal_. Those that draw take
/// floating dtypes and throw TypeError for others. Meta tensors are checked and left alone. Unlike
/// PyTorch, nothing warns.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "wick/tensor.h"

namespace wick::nn::init {

/// The gain that keeps the variance through a nonlinearity: 1 for "linear", "sigmoid", "conv1d" to
/// "conv3d" and "conv_transpose1d" to "conv_transpose3d"; 5/3 for "tanh", sqrt(2) for "relu",
/// sqrt(2 / (1 + param^2)) for "leaky_relu" (param is the negative slope, 0.01 if not given), 3/4
/// for "selu". Throws ValueError for other names.
WICK_API double calculate_gain(std::string_view nonlinearity, std::optional<double> param = {});

/// {fan_in, fan_out}: size(1) and size(0), each times the sizes of all later dimensions. Throws
/// ValueError for fewer than 2 dimensions.
WICK_API std::pair<int64_t, int64_t> calculate_fan_in_and_fan_out(const Tensor& t);

/// Uniform in [a, b).
WICK_API const Tensor& uniform_(const Tensor& t, double a = 0, double b = 1,
                                Generator* generator = nullptr);
/// Normal. Throws ValueError unless std >= 0.
WICK_API const Tensor& normal_(const Tensor& t, double mean = 0, double std = 1,
                               Generator* generator = nullptr);
/// Normal, cut to [a, b]: the inverse of the distribution function at uniform numbers. Throws
/// ValueError unless std > 0 and a <= b.
WICK_API const Tensor& trunc_normal_(const Tensor& t, double mean = 0, double std = 1,
                                     double a = -2, double b = 2, Generator* generator = nullptr);
/// `value` everywhere; any dtype.
WICK_API const Tensor& constant_(const Tensor& t, Scalar value);
WICK_API const Tensor& ones_(const Tensor& t);   ///< constant_(t, 1)
WICK_API const Tensor& zeros_(const Tensor& t);  ///< constant_(t, 0)
/// Ones on the diagonal of a matrix, else zeros. Throws ValueError unless t has 2 dimensions.
WICK_API const Tensor& eye_(const Tensor& t);
/// The kernel [out, in, sizes...] of a convolution that hands its channels through: in each of the
/// `groups`, t[d, d, middle...] is 1 and the rest 0. Throws ValueError unless t has 3, 4 or 5
/// dimensions and `groups` divides size(0).
WICK_API const Tensor& dirac_(const Tensor& t, int64_t groups = 1);

/// Uniform in [-a, a), a = gain sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010.
WICK_API const Tensor& xavier_uniform_(const Tensor& t, double gain = 1,
                                       Generator* generator = nullptr);
/// Normal, std = gain sqrt(2 / (fan_in + fan_out)). Glorot and Bengio 2010.
WICK_API const Tensor& xavier_normal_(const Tensor& t, double gain = 1,
                                      Generator* generator = nullptr);
/// Uniform in [-b, b), b = gain sqrt(3 / fan): gain is calculate_gain(nonlinearity, a), fan the
/// `mode` "fan_in" or "fan_out". A t without elements stays as it is, whatever the other arguments.
/// He, Zhang, Ren, Sun 2015. Throws ValueError for other modes.
WICK_API const Tensor& kaiming_uniform_(const Tensor& t, double a = 0,
                                        std::string_view mode = "fan_in",
                                        std::string_view nonlinearity = "leaky_relu",
                                        Generator* generator = nullptr);
/// Normal, std = gain / sqrt(fan), with the gain and fan of kaiming_uniform_.
WICK_API const Tensor& kaiming_normal_(const Tensor& t, double a = 0,
                                       std::string_view mode = "fan_in",
                                       std::string_view nonlinearity = "leaky_relu",
                                       Generator* generator = nullptr);

/// `gain` times a random (semi-)orthogonal matrix, uniformly distributed: Q of the QR decomposition
/// of normal numbers, R having a positive diagonal. Dimensions after the first are taken as one.
/// Saxe, McClelland, Ganguli 2014; Mezzadri 2007. Throws ValueError for fewer than 2 dimensions.
WICK_API const Tensor& orthogonal_(const Tensor& t, double gain = 1,
                                   Generator* generator = nullptr);
/// Normal with mean 0; then in each column ceil(sparsity * rows) elements, at random, are set to 0.
/// Martens 2010. Throws ValueError unless t has 2 dimensions and 0 <= sparsity <= 1.
WICK_API const Tensor& sparse_(const Tensor& t, double sparsity, double std = 0.01,
                               Generator* generator = nullptr);

}  // namespace wick::nn::init
