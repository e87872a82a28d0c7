/// \file
/// The operations: free functions from tensors to tensors, each also a method of Tensor. Inputs of
/// different dtypes are promoted and shapes broadcast as in PyTorch
/// (https://pytorch.org/docs/stable/torch.html), which also defines every operation that is not
/// described further here. All of them take meta tensors. Functions whose name ends in an
/// underscore write into their first argument and return it. An integer as an operand of arithmetic
/// wraps around where it does not fit the dtype, as the results do; a pow's exponent and what is
/// written as it is (fill_, full, masked_fill, where) throws ValueError.
#pragma once

#include <initializer_list>
#include <string_view>
#include <type_traits>

#include "wick/tensor.h"

namespace wick {

// == Create ====================================================================================

namespace detail {
/// A number or a list of lists of any depth: what `tensor({{1, 2}, {3, 4}})` takes.
class WICK_API NestedList {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> NestedList(T value) : value_(value) {}
  NestedList(std::initializer_list<NestedList> items);
  NestedList(const NestedList&);
  ~NestedList();

  bool is_list() const { return is_list_; }
  Scalar value() const { return value_; }
  const std::vector<NestedList>& items() const { return items_; }

 private:
  bool is_list_ = false;
  Scalar value_;
  std::vector<NestedList> items_;
};
WICK_API Tensor from_values(const void* values, DType dtype, const Shape& shape,
                            const TensorOptions& options);

/// The number as a 0-d tensor.
WICK_API Tensor from_number(Scalar value, const TensorOptions& options);

/// The range's numbers as a 1-d tensor.
template <class Range>
Tensor from_range(const Range& values, const TensorOptions& options) {
  using T = std::remove_cvref_t<decltype(values[0])>;
  const Shape shape{values.size()};
  if constexpr (std::is_same_v<Range, std::vector<bool>> || std::is_same_v<T, bool>) {
    const std::vector<uint8_t> bytes(values.begin(), values.end());
    return from_values(bytes.data(), DType::bool_, shape, options);
  } else if constexpr (Element<T>) {
    return from_values(values.data(), dtype_of<T>, shape, options);
  } else if constexpr (std::is_integral_v<T>) {
    std::vector<int64_t> wide;
    for (const T value : values) wide.push_back(Scalar(value).to_int64());
    return from_values(wide.data(), DType::int64, shape, options);
  } else {
    const std::vector<double> wide(values.begin(), values.end());
    return from_values(wide.data(), DType::float64, shape, options);
  }
}
}  // namespace detail

/// A tensor of the given numbers, nested to any depth: `tensor({{1., 2.}, {3., 4.}})`. The dtype is
/// float32 if any number is floating, else int64, or bool if all are bools. Throws ValueError for
/// a ragged list, and for a number that an integer dtype that was asked for cannot hold (a negative
/// integer wraps around in uint8, a fraction is cut off).
WICK_API Tensor tensor(std::initializer_list<detail::NestedList> values,
                       const TensorOptions& options = {});
WICK_API Tensor tensor(std::initializer_list<detail::NestedList> values, DType dtype);
/// A 0-d tensor.
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, const TensorOptions& options = {});
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, DType dtype);
/// A 1-d tensor with a copy of `values`, of their dtype unless the options say otherwise; integers
/// of types that are no dtype's (size_t, short, char) become int64. Throws ValueError for an
/// integer that the dtype cannot hold.
template <detail::Number T>
Tensor tensor(const std::vector<T>& values, const TensorOptions& options = {}) {
  return detail::from_range(values, options);
}
template <detail::Number T>
Tensor tensor(const std::vector<T>& values, DType dtype) {
  return detail::from_range(values, {.dtype = dtype});
}
template <class T, size_t N>
requires detail::Number<std::remove_const_t<T>> Tensor tensor(std::span<T, N> values,
                                                              const TensorOptions& options = {}) {
  return detail::from_range(values, options);
}
template <class T, size_t N>
requires detail::Number<std::remove_const_t<T>> Tensor tensor(std::span<T, N> values, DType dtype) {
  return detail::from_range(values, {.dtype = dtype});
}
template <detail::Number T, size_t N>
Tensor tensor(const std::array<T, N>& values, const TensorOptions& options = {}) {
  return detail::from_range(std::span<const T>(values), options);
}
template <detail::Number T, size_t N>
Tensor tensor(const std::array<T, N>& values, DType dtype) {
  return detail::from_range(std::span<const T>(values), {.dtype = dtype});
}

/// A tensor on the caller's memory, which must outlive it; strides are row-major unless given.
/// Bools are bytes of 0 or 1. Throws ValueError for a null or misaligned pointer or a negative
/// stride, and ShapeError for sizes that overflow. On the memory of another tensor, a write is not
/// seen by who watches that one's version; use a view.
WICK_API Tensor from_blob(void* data, const Shape& shape, DType dtype = DType::float32);
WICK_API Tensor from_blob(void* data, const Shape& shape, const Strides& strides, DType dtype);

WICK_API Tensor zeros(const Shape& shape, const TensorOptions& options = {});  ///< all 0
WICK_API Tensor zeros(const Shape& shape, DType dtype);
WICK_API Tensor ones(const Shape& shape, const TensorOptions& options = {});  ///< all 1
WICK_API Tensor ones(const Shape& shape, DType dtype);
/// `shape` filled with `value`; its dtype is the value's (float32, int64 or bool) unless given.
/// Throws ValueError for a value that the dtype cannot hold, as fill_ does.
WICK_API Tensor full(const Shape& shape, Scalar value, const TensorOptions& options = {});
WICK_API Tensor full(const Shape& shape, Scalar value, DType dtype);
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, const TensorOptions& options) {
  return detail::from_number(value, options);
}
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, DType dtype) {
  return detail::from_number(value, {.dtype = dtype});
}
/// Elements are not initialised.
WICK_API Tensor empty(const Shape& shape, const TensorOptions& options = {});
WICK_API Tensor empty(const Shape& shape, DType dtype);
/// start, start + step, ... below end; int64 for integers, else float32. Throws ValueError if step
/// is 0 or leads away from end.
WICK_API Tensor arange(Scalar end, const TensorOptions& options = {});
WICK_API Tensor arange(Scalar start, Scalar end, Scalar step = 1,
                       const TensorOptions& options = {});
/// `steps` evenly spaced numbers from start to end, both included. Computed in double and rounded
/// once, so linspace(-4, 4, 21)[10] is 0 (PyTorch 1.13 gives 5.96e-08). Throws ValueError if the
/// dtype cannot hold one of the ends.
WICK_API Tensor linspace(double start, double end, int64_t steps,
                         const TensorOptions& options = {});
/// The n x m matrix (m = n if not given) with ones on the diagonal.
WICK_API Tensor eye(int64_t n, std::optional<int64_t> m = {}, const TensorOptions& options = {});
/// Same shape, dtype and device as x.
WICK_API Tensor zeros_like(const Tensor& x);
WICK_API Tensor ones_like(const Tensor& x);
WICK_API Tensor full_like(const Tensor& x, Scalar value);
WICK_API Tensor empty_like(const Tensor& x);

// == Pointwise =================================================================================
// Within 4 ulp of the true value over all of float32, tails and denormals included.

WICK_API Tensor add(const Tensor& a, const Tensor& b);  ///< a + b; "or" for bools
WICK_API Tensor add(const Tensor& a, Scalar b);
WICK_API Tensor sub(const Tensor& a, const Tensor& b);  ///< a - b; throws TypeError for bools
WICK_API Tensor sub(const Tensor& a, Scalar b);
WICK_API Tensor sub(Scalar a, const Tensor& b);         ///< a - b, also PyTorch's rsub
WICK_API Tensor mul(const Tensor& a, const Tensor& b);  ///< a b; "and" for bools
WICK_API Tensor mul(const Tensor& a, Scalar b);
/// True division: integers give float32.
WICK_API Tensor div(const Tensor& a, const Tensor& b);
WICK_API Tensor div(const Tensor& a, Scalar b);
WICK_API Tensor div(Scalar a, const Tensor& b);
/// floor(a / b); throws ValueError for an integer divided by zero.
WICK_API Tensor floor_divide(const Tensor& a, const Tensor& b);
WICK_API Tensor floor_divide(const Tensor& a, Scalar b);
/// a - b * floor(a / b), with the sign of b; throws ValueError for an integer divided by zero.
WICK_API Tensor remainder(const Tensor& a, const Tensor& b);
WICK_API Tensor remainder(const Tensor& a, Scalar b);
/// Throws ValueError for an integer tensor to a negative integer power.
WICK_API Tensor pow(const Tensor& a, const Tensor& b);
WICK_API Tensor pow(const Tensor& a, Scalar b);
WICK_API Tensor pow(Scalar a, const Tensor& b);
/// The larger (smaller) of each pair; nan if either is nan.
WICK_API Tensor maximum(const Tensor& a, const Tensor& b);
WICK_API Tensor minimum(const Tensor& a, const Tensor& b);
/// `a` where condition is true, else `b`; condition is bool (or uint8). Throws ValueError for a
/// number that the result's dtype cannot hold.
WICK_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
WICK_API Tensor where(const Tensor& condition, const Tensor& a, Scalar b);
WICK_API Tensor where(const Tensor& condition, Scalar a, const Tensor& b);
WICK_API Tensor where(const Tensor& condition, Scalar a, Scalar b);
WICK_API Tensor neg(const Tensor& x);  ///< -x; throws TypeError for bools
WICK_API Tensor abs(const Tensor& x);  ///< |x|
/// -1, 0 or 1; sign(nan) is 0.
WICK_API Tensor sign(const Tensor& x);
WICK_API Tensor exp(const Tensor& x);         ///< e^x
WICK_API Tensor expm1(const Tensor& x);       ///< exp(x) - 1 without cancellation
WICK_API Tensor log(const Tensor& x);         ///< the natural logarithm; nan below 0
WICK_API Tensor log1p(const Tensor& x);       ///< log(1 + x) without cancellation
WICK_API Tensor sqrt(const Tensor& x);        ///< nan below 0
WICK_API Tensor rsqrt(const Tensor& x);       ///< 1 / sqrt(x)
WICK_API Tensor reciprocal(const Tensor& x);  ///< 1 / x
WICK_API Tensor square(const Tensor& x);      ///< x x
WICK_API Tensor sin(const Tensor& x);         ///< of x in radians
WICK_API Tensor cos(const Tensor& x);         ///< of x in radians
WICK_API Tensor tanh(const Tensor& x);        ///< (e^x - e^-x) / (e^x + e^-x)
WICK_API Tensor sigmoid(const Tensor& x);     ///< 1 / (1 + exp(-x))
WICK_API Tensor erf(const Tensor& x);   ///< 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x
WICK_API Tensor erfc(const Tensor& x);  ///< 1 - erf(x) without cancellation
WICK_API Tensor erfinv(const Tensor& x);  ///< the inverse of erf; +-inf at +-1, nan outside
/// max(x, 0); nan stays nan and -0 stays -0.
WICK_API Tensor relu(const Tensor& x);
/// Gaussian error linear unit (Hendrycks and Gimpel 2016). `approximate` "none": x Phi(x), computed
/// as x/2 erfc(-x/sqrt 2), which does not cancel; "tanh": x/2 (1 + tanh(sqrt(2/pi)(x + 0.044715
/// x^3))). gelu(-inf) is -0, its limit (PyTorch: nan). Floating dtypes only.
WICK_API Tensor gelu(const Tensor& x, std::string_view approximate = "none");
/// x sigmoid(x) (also called swish); silu(-inf) is -0, its limit (PyTorch: nan).
WICK_API Tensor silu(const Tensor& x);
/// log(1 + exp(beta x)) / beta, and x itself where beta x > threshold.
WICK_API Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20);
/// min(max(x, min), max); either may be left out, not both. nan stays nan. The derivative is 1
/// between the bounds and 0 at them. A bound beyond an integer dtype bounds nothing; one that no
/// element can reach throws ValueError.
WICK_API Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max = {});
WICK_API Tensor floor(const Tensor& x);        ///< towards minus infinity
WICK_API Tensor ceil(const Tensor& x);         ///< towards infinity
WICK_API Tensor round(const Tensor& x);        ///< halves go to the even neighbour
WICK_API Tensor logical_not(const Tensor& x);  ///< of the truth (x != 0) of any dtype; gives bool
WICK_API Tensor logical_and(const Tensor& a, const Tensor& b);
WICK_API Tensor logical_or(const Tensor& a, const Tensor& b);
WICK_API Tensor logical_xor(const Tensor& a, const Tensor& b);
/// Integers and bools only.
WICK_API Tensor bitwise_not(const Tensor& x);
WICK_API Tensor bitwise_and(const Tensor& a, const Tensor& b);
WICK_API Tensor bitwise_or(const Tensor& a, const Tensor& b);
WICK_API Tensor bitwise_xor(const Tensor& a, const Tensor& b);

// In place: `exp_(x)` writes exp(x) into x. The result's dtype must be castable to x's kind.
inline const Tensor& neg_(const Tensor& x) { return x.neg_(); }
inline const Tensor& abs_(const Tensor& x) { return x.abs_(); }
inline const Tensor& sign_(const Tensor& x) { return x.sign_(); }
inline const Tensor& exp_(const Tensor& x) { return x.exp_(); }
inline const Tensor& expm1_(const Tensor& x) { return x.expm1_(); }
inline const Tensor& log_(const Tensor& x) { return x.log_(); }
inline const Tensor& log1p_(const Tensor& x) { return x.log1p_(); }
inline const Tensor& sqrt_(const Tensor& x) { return x.sqrt_(); }
inline const Tensor& rsqrt_(const Tensor& x) { return x.rsqrt_(); }
inline const Tensor& reciprocal_(const Tensor& x) { return x.reciprocal_(); }
inline const Tensor& square_(const Tensor& x) { return x.square_(); }
inline const Tensor& sin_(const Tensor& x) { return x.sin_(); }
inline const Tensor& cos_(const Tensor& x) { return x.cos_(); }
inline const Tensor& tanh_(const Tensor& x) { return x.tanh_(); }
inline const Tensor& sigmoid_(const Tensor& x) { return x.sigmoid_(); }
inline const Tensor& erf_(const Tensor& x) { return x.erf_(); }
inline const Tensor& erfc_(const Tensor& x) { return x.erfc_(); }
inline const Tensor& erfinv_(const Tensor& x) { return x.erfinv_(); }
inline const Tensor& relu_(const Tensor& x) { return x.relu_(); }
inline const Tensor& silu_(const Tensor& x) { return x.silu_(); }
inline const Tensor& floor_(const Tensor& x) { return x.floor_(); }
inline const Tensor& ceil_(const Tensor& x) { return x.ceil_(); }
inline const Tensor& round_(const Tensor& x) { return x.round_(); }
inline const Tensor& gelu_(const Tensor& x, std::string_view approximate = "none") {
  return x.gelu_(approximate);
}
inline const Tensor& clamp_(const Tensor& x, std::optional<Scalar> min,
                            std::optional<Scalar> max = {}) {
  return x.clamp_(min, max);
}

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, Scalar b) { return add(a, b); }
inline Tensor operator+(Scalar a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator-(const Tensor& a, Scalar b) { return sub(a, b); }
inline Tensor operator-(Scalar a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator*(const Tensor& a, Scalar b) { return mul(a, b); }
inline Tensor operator*(Scalar a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator/(const Tensor& a, Scalar b) { return div(a, b); }
inline Tensor operator/(Scalar a, const Tensor& b) { return div(a, b); }
inline Tensor operator%(const Tensor& a, const Tensor& b) { return remainder(a, b); }
inline Tensor operator%(const Tensor& a, Scalar b) { return remainder(a, b); }
inline Tensor operator-(const Tensor& x) { return neg(x); }
inline Tensor operator~(const Tensor& x) { return bitwise_not(x); }
inline Tensor operator&(const Tensor& a, const Tensor& b) { return bitwise_and(a, b); }
inline Tensor operator|(const Tensor& a, const Tensor& b) { return bitwise_or(a, b); }
inline Tensor operator^(const Tensor& a, const Tensor& b) { return bitwise_xor(a, b); }

// == Compare: element by element, giving bool tensors ============================================

WICK_API Tensor eq(const Tensor& a, const Tensor& b);  ///< a == b; false if either is nan
WICK_API Tensor eq(const Tensor& a, Scalar b);
WICK_API Tensor ne(const Tensor& a, const Tensor& b);  ///< a != b; true if either is nan
WICK_API Tensor ne(const Tensor& a, Scalar b);
WICK_API Tensor lt(const Tensor& a, const Tensor& b);  ///< a < b; false if either is nan
WICK_API Tensor lt(const Tensor& a, Scalar b);
WICK_API Tensor le(const Tensor& a, const Tensor& b);  ///< a <= b; false if either is nan
WICK_API Tensor le(const Tensor& a, Scalar b);
WICK_API Tensor gt(const Tensor& a, const Tensor& b);  ///< a > b; false if either is nan
WICK_API Tensor gt(const Tensor& a, Scalar b);
WICK_API Tensor ge(const Tensor& a, const Tensor& b);  ///< a >= b; false if either is nan
WICK_API Tensor ge(const Tensor& a, Scalar b);
inline Tensor operator==(const Tensor& a, const Tensor& b) { return eq(a, b); }
inline Tensor operator==(const Tensor& a, Scalar b) { return eq(a, b); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return ne(a, b); }
inline Tensor operator!=(const Tensor& a, Scalar b) { return ne(a, b); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return lt(a, b); }
inline Tensor operator<(const Tensor& a, Scalar b) { return lt(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return le(a, b); }
inline Tensor operator<=(const Tensor& a, Scalar b) { return le(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return gt(a, b); }
inline Tensor operator>(const Tensor& a, Scalar b) { return gt(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return ge(a, b); }
inline Tensor operator>=(const Tensor& a, Scalar b) { return ge(a, b); }
WICK_API Tensor isnan(const Tensor& x);     ///< not a number
WICK_API Tensor isinf(const Tensor& x);     ///< infinity or minus infinity
WICK_API Tensor isfinite(const Tensor& x);  ///< neither infinite nor nan
/// True if |a - b| <= atol + rtol |b| everywhere; shapes broadcast, dtypes must be equal.
WICK_API bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8,
                       bool equal_nan = false);
/// True if shapes, dtypes and all elements are equal.
WICK_API bool equal(const Tensor& a, const Tensor& b);
/// Whether any element along `dims` is true (non-zero). `all(x)` is in wick/tensor.h.
WICK_API Tensor any(const Tensor& x, const Dims& dims = {}, bool keepdim = false);

// == Reduce: over the given dims, or over all ==================================================
// Sums are accumulated so that their error does not grow with the length; the same bits come out
// for any number of threads.

/// Integers and bools are summed as int64.
WICK_API Tensor sum(const Tensor& x, const Dims& dims = {}, bool keepdim = false,
                    std::optional<DType> dtype = {});
/// The mean of nothing is nan. Floating dtypes only, unless `dtype` says so.
WICK_API Tensor mean(const Tensor& x, const Dims& dims = {}, bool keepdim = false,
                     std::optional<DType> dtype = {});
WICK_API Tensor prod(const Tensor& x, const Dims& dims = {}, bool keepdim = false,
                     std::optional<DType> dtype = {});
/// Sum of squared deviations from the mean over (count - correction): 1 is the sample variance,
/// 0 the population's. Warns where count <= correction.
WICK_API Tensor var(const Tensor& x, const Dims& dims = {}, int64_t correction = 1,
                    bool keepdim = false);
/// sqrt(var(...)).
WICK_API Tensor std(const Tensor& x, const Dims& dims = {}, int64_t correction = 1,
                    bool keepdim = false);
/// The largest element; nan if there is one. Throws ValueError for an empty tensor.
WICK_API Tensor max(const Tensor& x);
/// The largest elements along `dim` and where they are (the first of equals).
WICK_API ValuesIndices max(const Tensor& x, Dim dim, bool keepdim = false);
WICK_API Tensor min(const Tensor& x);  ///< the smallest; otherwise as max
WICK_API ValuesIndices min(const Tensor& x, Dim dim, bool keepdim = false);
/// max and min over any dims, without indices.
WICK_API Tensor amax(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
WICK_API Tensor amin(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// Where the largest (smallest) element is: along `dim`, or in the flattened tensor.
WICK_API Tensor argmax(const Tensor& x, std::optional<Dim> dim = {}, bool keepdim = false);
WICK_API Tensor argmin(const Tensor& x, std::optional<Dim> dim = {}, bool keepdim = false);
/// (sum |x|^p)^(1/p); p may be infinite (largest |x|), -inf (smallest) or 0 (count of non-zeros).
WICK_API Tensor norm(const Tensor& x, double p = 2, const Dims& dims = {}, bool keepdim = false);
/// log(sum(exp(x))), computed without overflow.
WICK_API Tensor logsumexp(const Tensor& x, const Dims& dims, bool keepdim = false);
/// exp(x - max) / sum(exp(x - max)) along `dim`. Floating dtypes only.
WICK_API Tensor softmax(const Tensor& x, Dim dim);
/// x - max - log(sum(exp(x - max))) along `dim`. Floating dtypes only.
WICK_API Tensor log_softmax(const Tensor& x, Dim dim);
/// Running sums along `dim`; integers and bools as int64.
WICK_API Tensor cumsum(const Tensor& x, Dim dim);

// == Matrix products ===========================================================================

/// As torch.matmul: dot, matrix-vector, matrix-matrix, or batches of them with broadcasting.
WICK_API Tensor matmul(const Tensor& a, const Tensor& b);
WICK_API Tensor mm(const Tensor& a, const Tensor& b);     ///< [n, k] x [k, m]
WICK_API Tensor bmm(const Tensor& a, const Tensor& b);    ///< [b, n, k] x [b, k, m]
WICK_API Tensor mv(const Tensor& a, const Tensor& vec);   ///< [n, k] x [k]
WICK_API Tensor dot(const Tensor& a, const Tensor& b);    ///< [n] x [n]
WICK_API Tensor outer(const Tensor& a, const Tensor& b);  ///< [n] x [m] -> [n, m]
/// beta x + alpha (a b), with x broadcast to the product.
WICK_API Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, Scalar beta = 1,
                      Scalar alpha = 1);
/// x W^T + b on the last dimension of x: [*, in] -> [*, out], with W [out, in] and b [out] or
/// undefined.
WICK_API Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
/// (x - mean) / sqrt(var + eps) * weight + bias over the last dimensions, whose sizes are
/// `normalized_shape`; the variance is the biased one. Ba, Kiros, Hinton 2016.
WICK_API Tensor layer_norm(const Tensor& x, const Shape& normalized_shape,
                           const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);
/// Zeroes elements with probability p and divides the others by (1 - p), if `training`; else
/// returns x itself. Draws from `generator`, or the default one, in PyTorch's order.
WICK_API Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
                        Generator* generator = nullptr);
/// dropout(x, p, true), in place.
WICK_API const Tensor& dropout_(const Tensor& x, double p = 0.5, bool training = true,
                                Generator* generator = nullptr);

// == Views: share the elements of x ==============================================================

/// The same elements under another shape; one size may be -1. Throws ShapeError where that would
/// need a copy.
WICK_API Tensor view(const Tensor& x, const Shape& shape);
/// As view, but copies where it has to.
WICK_API Tensor reshape(const Tensor& x, const Shape& shape);
WICK_API Tensor flatten(const Tensor& x, Dim start_dim = 0, Dim end_dim = -1);
/// Splits dimension `dim` into `sizes` (one may be -1).
WICK_API Tensor unflatten(const Tensor& x, Dim dim, const Shape& sizes);
WICK_API Tensor transpose(const Tensor& x, Dim dim0, Dim dim1);  ///< swaps two dimensions
WICK_API Tensor permute(const Tensor& x, const Shape& dims);     ///< dimension i is dims[i] of x
WICK_API Tensor t(const Tensor& x);        ///< the transpose of a matrix; a vector stays as it is
WICK_API Tensor squeeze(const Tensor& x);  ///< without the dimensions of size 1
WICK_API Tensor squeeze(const Tensor& x, Dim dim);    ///< without `dim`, if its size is 1
WICK_API Tensor unsqueeze(const Tensor& x, Dim dim);  ///< with a new `dim` of size 1
/// Repeats dimensions of size 1 without copying; -1 keeps a size.
WICK_API Tensor expand(const Tensor& x, const Shape& shape);
WICK_API Tensor broadcast_to(const Tensor& x, const Shape& shape);  ///< expand(x, shape)
WICK_API std::vector<Tensor> broadcast_tensors(const std::vector<Tensor>& tensors);
WICK_API Tensor narrow(const Tensor& x, Dim dim, int64_t start, int64_t length);
WICK_API Tensor select(const Tensor& x, Dim dim, int64_t index);  ///< x[index] along `dim`
WICK_API Tensor slice(const Tensor& x, Dim dim, std::optional<int64_t> start = {},
                      std::optional<int64_t> end = {}, int64_t step = 1);
WICK_API std::vector<Tensor> unbind(const Tensor& x, Dim dim = 0);  ///< x[0], x[1], ...
WICK_API std::vector<Tensor> split(const Tensor& x, int64_t size, Dim dim = 0);
WICK_API std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& sizes, Dim dim = 0);
WICK_API std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, Dim dim = 0);
/// Any view of x's storage; throws ShapeError if it would reach outside of it.
WICK_API Tensor as_strided(const Tensor& x, const Shape& shape, const Strides& strides,
                           int64_t offset = 0);

// == Join, pick, rearrange: new tensors ==========================================================

WICK_API Tensor cat(const std::vector<Tensor>& tensors, Dim dim = 0);    ///< one after the other
WICK_API Tensor stack(const std::vector<Tensor>& tensors, Dim dim = 0);  ///< along a new `dim`
/// out[i][j] = x[i][index[i][j]] for dim = 1, and so on.
WICK_API Tensor gather(const Tensor& x, Dim dim, const Tensor& index);
WICK_API Tensor index_select(const Tensor& x, Dim dim, const Tensor& index);
WICK_API Tensor masked_select(const Tensor& x, const Tensor& mask);  ///< 1-d: where mask is true
WICK_API Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value);
/// The positions of the non-zero elements, [count, dim].
WICK_API Tensor nonzero(const Tensor& x);
WICK_API Tensor repeat(const Tensor& x, const Shape& repeats);  ///< x, several times a dimension
WICK_API Tensor flip(const Tensor& x, const Dims& dims);        ///< in reverse order along `dims`
/// Shifts elements along `dims` (or flattened, if none is given), around the end.
WICK_API Tensor roll(const Tensor& x, const Shape& shifts, const Dims& dims = {});
/// Stable; nan counts as the largest.
WICK_API ValuesIndices sort(const Tensor& x, Dim dim = -1, bool descending = false);
WICK_API Tensor argsort(const Tensor& x, Dim dim = -1, bool descending = false);
/// The k largest (or smallest) along `dim`, in order.
WICK_API ValuesIndices topk(const Tensor& x, int64_t k, Dim dim = -1, bool largest = true);
WICK_API Tensor tril(const Tensor& x, int64_t diagonal = 0);  ///< zero above the diagonal
WICK_API Tensor triu(const Tensor& x, int64_t diagonal = 0);  ///< zero below the diagonal

// == Convert ===================================================================================

/// x itself if it has that dtype (device), else a converted copy.
WICK_API Tensor to(const Tensor& x, DType dtype);
WICK_API Tensor to(const Tensor& x, Device device);
/// x itself if it is contiguous, else a row-major copy.
WICK_API Tensor contiguous(const Tensor& x);
WICK_API Tensor clone(const Tensor& x);  ///< a copy in storage of its own
inline const Tensor& copy_(const Tensor& x, const Tensor& source) { return x.copy_(source); }

}  // namespace wick
