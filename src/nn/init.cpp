#include "wick/nn/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/random.h"
#include "wick/warning.h"

// Bounds are worked out in double and in the order of torch.nn.init: the last bit matters.
namespace wick::nn::init {
namespace {

/// What all fans of a tensor have in common: the product of the sizes after the first two.
int64_t receptive_field(const Shape& shape) {
  Shape rest;
  for (size_t d = 2; d < shape.size(); ++d) rest.push_back(shape.begin()[d]);
  return rest.numel();
}

double xavier_std(const Tensor& t, double gain) {
  const auto [fan_in, fan_out] = calculate_fan_in_and_fan_out(t);
  return gain * std::sqrt(2.0 / static_cast<double>(fan_in + fan_out));
}

double kaiming_std(const Tensor& t, double a, std::string_view mode,
                   std::string_view nonlinearity) {
  std::string lower(mode);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (lower != "fan_in" && lower != "fan_out")
    throw ValueError("Mode " + lower + " not supported, please use one of ['fan_in', 'fan_out']");
  const auto [fan_in, fan_out] = calculate_fan_in_and_fan_out(t);
  const double gain = calculate_gain(nonlinearity, a);
  return gain / std::sqrt(static_cast<double>(lower == "fan_in" ? fan_in : fan_out));
}

double normal_cdf(double x) { return (1.0 + std::erf(x / std::sqrt(2.0))) / 2.0; }

double dot(const double* a, const double* b, int64_t n) {
  std::array<double, 8> sums{};  // apart, so that the additions need not wait for one another
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int64_t k = 0; k < 8; ++k) sums[static_cast<size_t>(k)] += a[i + k] * b[i + k];
  for (; i < n; ++i) sums[0] += a[i] * b[i];
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

/// Makes `n` rows of `size` numbers orthonormal: the modified Gram-Schmidt process.
void orthonormalise(double* rows, int64_t n, int64_t size) {
  for (int64_t k = 0; k < n; ++k) {
    double* row = rows + k * size;
    for (int64_t j = 0; j < k; ++j) {
      const double* before = rows + j * size;
      const double along = dot(row, before, size);
      for (int64_t i = 0; i < size; ++i) row[i] -= along * before[i];
    }
    const double length = std::sqrt(dot(row, row, size));
    if (!(length > 0)) continue;
    for (int64_t i = 0; i < size; ++i) row[i] /= length;
  }
}

/// The same for a float64 matrix with at least as many columns as rows, block by block, so that
/// most of the work is in matrix products. All is done twice: once would leave the rounding errors
/// of nearly parallel rows. The result is Q^T of the QR decomposition in which R's diagonal is
/// positive.
void orthonormalise(const Tensor& rows) {
  constexpr int64_t block = 32;
  for (int64_t start = 0; start < rows.size(0); start += block) {
    const Tensor before = rows.narrow(0, 0, start);
    const Tensor now = rows.narrow(0, start, std::min(block, rows.size(0) - start));
    for (int pass = 0; pass < 2; ++pass) {
      if (start > 0) now.sub_(matmul(matmul(now, before.t()), before));
      orthonormalise(now.data_ptr<double>(), now.size(0), now.size(1));
    }
  }
}

void require_matrix(const Tensor& t) {
  if (t.dim() != 2) throw ValueError("Only tensors with 2 dimensions are supported");
}

const Tensor& unchanged(const Tensor& t) {
  warn("init", "Initializing zero-element tensors is a no-op");
  return t;
}

}  // namespace

double calculate_gain(std::string_view nonlinearity, std::optional<double> param) {
  constexpr std::array<std::string_view, 8> linear = {
      "linear",           "conv1d",           "conv2d",           "conv3d",
      "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid"};
  if (std::find(linear.begin(), linear.end(), nonlinearity) != linear.end()) return 1;
  if (nonlinearity == "tanh") return 5.0 / 3;
  if (nonlinearity == "relu") return std::sqrt(2.0);
  if (nonlinearity == "selu") return 3.0 / 4;
  if (nonlinearity == "leaky_relu") {
    const double slope = param.value_or(0.01);
    return std::sqrt(2.0 / (1 + slope * slope));
  }
  throw ValueError("Unsupported nonlinearity " + std::string(nonlinearity));
}

std::pair<int64_t, int64_t> calculate_fan_in_and_fan_out(const Tensor& t) {
  if (t.dim() < 2)
    throw ValueError(
        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
  const int64_t field = receptive_field(t.shape());
  return {Shape{t.size(1), field}.numel(), Shape{t.size(0), field}.numel()};
}

const Tensor& uniform_(const Tensor& t, double a, double b, Generator* generator) {
  const NoGradGuard guard;
  return t.uniform_(a, b, generator);
}

const Tensor& normal_(const Tensor& t, double mean, double std, Generator* generator) {
  const NoGradGuard guard;
  return t.normal_(mean, std, generator);
}

const Tensor& trunc_normal_(const Tensor& t, double mean, double std, double a, double b,
                            Generator* generator) {
  if (!(std > 0))
    throw ValueError(fmt::format("trunc_normal_ expects std > 0.0, but found std {:g}", std));
  if (mean < a - 2 * std || mean > b + 2 * std)
    warn("init",
         "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values "
         "may be incorrect.");
  const NoGradGuard guard;
  const double low = normal_cdf((a - mean) / std);
  const double high = normal_cdf((b - mean) / std);
  t.uniform_(2 * low - 1, 2 * high - 1, generator);
  t.erfinv_().mul_(std * std::sqrt(2.0)).add_(mean);
  return t.clamp_(a, b);
}

const Tensor& constant_(const Tensor& t, Scalar value) {
  const NoGradGuard guard;
  return t.fill_(value);
}
const Tensor& ones_(const Tensor& t) { return constant_(t, 1); }
const Tensor& zeros_(const Tensor& t) { return constant_(t, 0); }

const Tensor& eye_(const Tensor& t) {
  require_matrix(t);
  const NoGradGuard guard;
  return t.copy_(eye(t.size(0), t.size(1), {.dtype = t.dtype(), .device = t.device()}));
}

const Tensor& dirac_(const Tensor& t, int64_t groups) {
  if (t.dim() < 3 || t.dim() > 5)
    throw ValueError("Only tensors with 3, 4, or 5 dimensions are supported");
  if (groups < 1) throw ValueError(fmt::format("dirac_ expects groups >= 1, but got {}", groups));
  if (t.size(0) % groups != 0) throw ValueError("dim 0 must be divisible by groups");
  const NoGradGuard guard;
  t.zero_();
  if (t.numel() == 0) return t;
  Tensor middle = t;
  for (int64_t d = 2; d < t.dim(); ++d) middle = middle.select(2, t.size(d) / 2);
  const int64_t channels = t.size(0) / groups;
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t d = 0; d < std::min(channels, t.size(1)); ++d)
      middle.select(0, g * channels + d).select(0, d).fill_(1);
  return t;
}

const Tensor& xavier_uniform_(const Tensor& t, double gain, Generator* generator) {
  const double std = xavier_std(t, gain);
  if (t.numel() == 0) return t;
  const double bound = std::sqrt(3.0) * std;
  return uniform_(t, -bound, bound, generator);
}

const Tensor& xavier_normal_(const Tensor& t, double gain, Generator* generator) {
  const double std = xavier_std(t, gain);
  return t.numel() == 0 ? t : normal_(t, 0, std, generator);
}

const Tensor& kaiming_uniform_(const Tensor& t, double a, std::string_view mode,
                               std::string_view nonlinearity, Generator* generator) {
  if (t.numel() == 0) return unchanged(t);
  const double bound = std::sqrt(3.0) * kaiming_std(t, a, mode, nonlinearity);
  return uniform_(t, -bound, bound, generator);
}

const Tensor& kaiming_normal_(const Tensor& t, double a, std::string_view mode,
                              std::string_view nonlinearity, Generator* generator) {
  if (t.numel() == 0) return unchanged(t);
  return normal_(t, 0, kaiming_std(t, a, mode, nonlinearity), generator);
}

const Tensor& orthogonal_(const Tensor& t, double gain, Generator* generator) {
  if (t.dim() < 2) throw ValueError("Only tensors with 2 or more dimensions are supported");
  if (t.numel() == 0) return t;
  const NoGradGuard guard;
  const int64_t rows = t.size(0);
  const int64_t columns = t.numel() / rows;
  const Tensor drawn = empty({rows, columns}, {.dtype = t.dtype(), .device = t.device()});
  drawn.normal_(0, 1, generator);
  if (t.is_meta()) return t;
  const bool wide = rows < columns;
  const Tensor vectors = (wide ? drawn : drawn.t()).to(float64).clone().contiguous();
  orthonormalise(vectors);
  t.copy_((wide ? vectors : vectors.t()).reshape(t.shape()));
  return t.mul_(gain);
}

const Tensor& sparse_(const Tensor& t, double sparsity, double std, Generator* generator) {
  require_matrix(t);
  if (!(sparsity >= 0 && sparsity <= 1))
    throw ValueError(
        fmt::format("sparse_ expects sparsity to be in [0, 1], but got {:g}", sparsity));
  const NoGradGuard guard;
  t.normal_(0, std, generator);
  if (t.is_meta()) return t;
  const int64_t rows = t.size(0);
  const auto zeros = static_cast<int64_t>(std::ceil(sparsity * static_cast<double>(rows)));
  const Tensor zero = full({}, 0, {.dtype = t.dtype(), .device = Device::cpu});
  for (int64_t column = 0; column < t.size(1); ++column) {
    const Tensor order = randperm(rows, {.device = Device::cpu}, generator);
    t.select(1, column).index_put_({order.narrow(0, 0, std::min(zeros, rows))}, zero);
  }
  return t;
}

}  // namespace wick::nn::init
