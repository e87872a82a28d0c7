/// \file
/// Tensor: a handle on a strided view of a storage, with PyTorch's semantics. Copying a Tensor
/// shares its elements; `clone()` copies them. Most methods mirror a free function of wick/ops.h,
/// where each is described.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wick/callback.h"
#include "wick/device.h"
#include "wick/dtype.h"
#include "wick/error.h"
#include "wick/export.h"
#include "wick/scalar.h"
#include "wick/shape.h"

namespace wick {

struct TensorImpl;  // src/core/tensor_impl.h
struct Index;
class Indexed;
class Generator;
struct ValuesIndices;

/// How a new tensor is made: `zeros({2, 3}, {.dtype = float64, .device = meta})`.
struct TensorOptions {
  std::optional<DType> dtype = {};    ///< default: float32, or what the values say
  std::optional<Device> device = {};  ///< default: default_device()
  bool requires_grad = false;
};

/// How backward() goes about it.
struct BackwardOptions {
  std::optional<bool> retain_graph = {};  ///< keep the graph for another pass; as create_graph
  bool create_graph = false;  ///< record the pass itself, so that gradients have derivatives
};

/// A handle on a strided view of a storage (https://pytorch.org/docs/stable/tensors.html). Methods
/// without a description do what the function of that name in wick/ops.h does; those that end in an
/// underscore write into this tensor and return it.
///
///     wick::Tensor x = wick::tensor({{1., 2.}, {3., 4.}});
///     x(0, wick::all) = 5;             // writes the first row
///     wick::Tensor y = x.t() * 2 + 1;  // broadcasts, promotes
class WICK_API Tensor {
 public:
  /// An undefined tensor; any use but `defined()` and assignment throws Error.
  Tensor() = default;

  bool defined() const { return impl_ != nullptr; }
  /// True if both handles are the same tensor (not merely equal or overlapping).
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

  // -- Properties ---------------------------------------------------------------------------
  const Shape& shape() const;
  /// The sizes of a tensor that has to have N dimensions: `auto [b, t, d] = x.sizes<3>();`. Throws
  /// ShapeError for any other number of them.
  template <size_t N>
  std::array<int64_t, N> sizes() const {
    return shape().sizes<N>();
  }
  const Strides& strides() const;  ///< in elements
  /// Size of dimension `dim` (negative counts from the end); throws IndexError.
  int64_t size(Dim dim) const;
  int64_t stride(Dim dim) const;
  int64_t dim() const;    ///< number of dimensions
  int64_t numel() const;  ///< number of elements
  int64_t len() const;    ///< size of dimension 0; throws TypeError for a 0-d tensor
  DType dtype() const;
  Device device() const;
  bool is_meta() const { return device() == Device::meta; }
  bool is_floating_point() const;
  /// True if the elements stand in row-major order without gaps.
  bool is_contiguous() const;
  /// First element's place in the storage, in elements.
  int64_t storage_offset() const;
  /// True if both tensors are views of the same storage.
  bool shares_storage(const Tensor& other) const;
  /// How often the storage was written in place (PyTorch's _version).
  uint64_t version() const;

  // -- Elements out -------------------------------------------------------------------------
  /// Pointer to the first element; throws TypeError if T is not the element type, or for meta.
  /// `data_ptr<const float>()` is for reading. A pointer for writing is to be asked for again after
  /// the tensor was used as a weight: wick keeps weights in a packed form and renews that when the
  /// tensor was written by an op or when a pointer for writing was taken.
  template <Element T>
  T* data_ptr() const {
    return static_cast<T*>(checked_data(dtype_of<T>, !std::is_const_v<T>));
  }
  /// All elements of a contiguous tensor; throws ShapeError if it is not contiguous.
  template <Element T>
  std::span<T> span() const {
    require_contiguous("span");
    return {data_ptr<T>(), static_cast<size_t>(numel())};
  }
  /// The only element, converted to T, which may be any of C++'s numbers; throws ValueError if
  /// there is not exactly one, or if T is an integer type that cannot hold it (fractions are cut
  /// off).
  template <detail::Number T>
  T item() const {
    const Scalar s = item();
    if constexpr (std::is_same_v<T, bool>)
      return s.to_bool();
    else if constexpr (std::is_integral_v<T>)
      return s.to_integer<T>();
    else if constexpr (std::is_arithmetic_v<T>)
      return static_cast<T>(s.to_double());
    else
      return T(static_cast<float>(s.to_double()));
  }
  Scalar item() const;
  /// The elements in row-major order, converted to T, which may be any of C++'s numbers; throws
  /// ValueError if T is an integer type that cannot hold one of them (fractions are cut off).
  template <detail::Number T>
  std::vector<T> to_vector() const {
    if constexpr (Element<T> && (!std::is_integral_v<T> || std::is_same_v<T, bool> ||
                                 std::is_same_v<T, int64_t>)) {
      return elements<T>();
    } else if constexpr (std::is_integral_v<T>) {
      const std::vector<int64_t> wide = elements<int64_t>();
      std::vector<T> result(wide.size());
      for (size_t i = 0; i < wide.size(); ++i) result[i] = Scalar(wide[i]).to_integer<T>();
      return result;
    } else {
      const std::vector<double> wide = elements<double>();
      return std::vector<T>(wide.begin(), wide.end());
    }
  }
  /// The truth of a one-element tensor; throws for any other (PyTorch: "ambiguous").
  explicit operator bool() const;
  /// What fmt::format("{}", t) gives; see wick/format.h.
  std::string to_string() const;

  // -- Indexing: x[i], x(i, slice(1, 4), all, none, ellipsis), x(mask), x(indices) ------------
  Indexed operator[](const Index& index) const;
  template <class... Indices>
  Indexed operator()(const Indices&... indices) const;
  Indexed index(const std::vector<Index>& indices) const;
  /// Writes `value`, broadcast, where `indices` says; `accumulate` adds instead.
  const Tensor& index_put_(const std::vector<Index>& indices, const Tensor& value,
                           bool accumulate = false) const;

  /// Iterates over dimension 0; throws TypeError for a 0-d tensor.
  class Iterator;
  Iterator begin() const;
  Iterator end() const;

  // -- Convert ------------------------------------------------------------------------------
  Tensor to(DType dtype) const;
  Tensor to(Device device) const;
  Tensor contiguous() const;
  Tensor clone() const;
  const Tensor& copy_(const Tensor& source) const;
  /// Writes `value` everywhere. Throws ValueError if an integer dtype or float32 cannot hold it; -1
  /// as uint8 is 255.
  const Tensor& fill_(Scalar value) const;
  const Tensor& zero_() const;
  Tensor zeros_like() const;
  Tensor ones_like() const;
  Tensor empty_like() const;
  Tensor full_like(Scalar value) const;

  // -- Gradients (wick/autograd.h) ------------------------------------------------------------
  bool requires_grad() const;
  /// Whether operations on this leaf are recorded. Throws TypeError for dtypes that are not
  /// floating, Error for `false` on a tensor that was computed.
  const Tensor& requires_grad_(bool on = true) const;
  /// True for tensors that no recorded operation made.
  bool is_leaf() const;
  /// "AddBackward0" for the result of an addition that is recorded; empty for a leaf.
  std::string grad_fn() const;
  /// Adds the gradient of this tensor with respect to every leaf that it was computed from to the
  /// leaf's grad() (https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html).
  /// `gradient`, of this tensor's shape, is what to start from; only a tensor of one element can do
  /// without (1 is meant). Frees the graph unless `retain_graph`. Throws Error where the tensor
  /// does not require a gradient, where the graph was freed, and where a tensor that is needed was
  /// written to since it was used.
  void backward(const Tensor& gradient = {}, const BackwardOptions& options = {}) const;
  void backward(const BackwardOptions& options) const;
  /// The gradient that backward() left here; undefined where there is none. Leaves get one, and
  /// other tensors after retain_grad(): warns ("grad") where there will never be one.
  Tensor grad() const;
  /// Replaces the gradient; an undefined tensor takes it away (PyTorch's `t.grad = g`). Throws
  /// ShapeError or TypeError unless g has this tensor's shape, dtype and device.
  const Tensor& set_grad(const Tensor& g) const;
  /// Makes backward() leave this tensor's gradient in grad(), as it does for leaves.
  const Tensor& retain_grad() const;
  bool retains_grad() const;  ///< after retain_grad(); false for leaves
  /// Calls `hook` with this tensor's gradient in every backward pass; a defined result replaces the
  /// gradient. Throws Error if the tensor does not require one.
  HookHandle register_hook(Callback<Tensor(const Tensor& grad)> hook) const;
  /// Calls `hook` with this tensor, a leaf, whenever backward() has added to its grad(): to step
  /// and to drop each gradient as soon as it is there. Throws Error if the tensor requires no
  /// gradient or is not a leaf, ValueError for an empty function.
  HookHandle register_post_accumulate_grad_hook(Callback<void(const Tensor& x)> hook) const;
  /// The same elements, outside the graph.
  Tensor detach() const;
  /// Takes this tensor out of the graph. Throws Error for a view.
  const Tensor& detach_() const;
  /// True if the tensor was made under InferenceModeGuard.
  bool is_inference() const;
  /// Makes this tensor, and every handle on it, refer to the elements of `source`: its shape, dtype
  /// and device (PyTorch's `t.data = source`). For leaves only.
  const Tensor& set_data(const Tensor& source) const;

  // -- Views --------------------------------------------------------------------------------
  Tensor view(const Shape& shape) const;
  Tensor view_as(const Tensor& other) const { return view(other.shape()); }
  Tensor reshape(const Shape& shape) const;
  Tensor flatten(Dim start_dim = 0, Dim end_dim = -1) const;
  Tensor unflatten(Dim dim, const Shape& sizes) const;
  Tensor transpose(Dim dim0, Dim dim1) const;
  Tensor permute(const Shape& dims) const;
  Tensor t() const;
  Tensor squeeze() const;
  Tensor squeeze(Dim dim) const;
  Tensor unsqueeze(Dim dim) const;
  Tensor expand(const Shape& shape) const;
  Tensor expand_as(const Tensor& other) const { return expand(other.shape()); }
  Tensor broadcast_to(const Shape& shape) const;
  Tensor narrow(Dim dim, int64_t start, int64_t length) const;
  Tensor select(Dim dim, int64_t index) const;
  Tensor slice(Dim dim, std::optional<int64_t> start = {}, std::optional<int64_t> end = {},
               int64_t step = 1) const;
  std::vector<Tensor> unbind(Dim dim = 0) const;
  std::vector<Tensor> split(int64_t size, Dim dim = 0) const;
  std::vector<Tensor> split(const std::vector<int64_t>& sizes, Dim dim = 0) const;
  std::vector<Tensor> chunk(int64_t chunks, Dim dim = 0) const;
  Tensor as_strided(const Shape& shape, const Strides& strides, int64_t offset = 0) const;

  // -- Index ops ----------------------------------------------------------------------------
  Tensor gather(Dim dim, const Tensor& index) const;
  Tensor index_select(Dim dim, const Tensor& index) const;
  Tensor masked_select(const Tensor& mask) const;
  Tensor masked_fill(const Tensor& mask, Scalar value) const;
  const Tensor& masked_fill_(const Tensor& mask, Scalar value) const;
  Tensor nonzero() const;
  Tensor repeat(const Shape& repeats) const;
  Tensor flip(const Dims& dims) const;
  Tensor roll(const Shape& shifts, const Dims& dims = {}) const;
  ValuesIndices sort(Dim dim = -1, bool descending = false) const;
  Tensor argsort(Dim dim = -1, bool descending = false) const;
  ValuesIndices topk(int64_t k, Dim dim = -1, bool largest = true) const;
  Tensor tril(int64_t diagonal = 0) const;
  Tensor triu(int64_t diagonal = 0) const;

  // -- Pointwise ----------------------------------------------------------------------------
  Tensor add(const Tensor& other) const;
  Tensor add(Scalar other) const;
  Tensor sub(const Tensor& other) const;
  Tensor sub(Scalar other) const;
  Tensor mul(const Tensor& other) const;
  Tensor mul(Scalar other) const;
  Tensor div(const Tensor& other) const;
  Tensor div(Scalar other) const;
  Tensor floor_divide(const Tensor& other) const;
  Tensor floor_divide(Scalar other) const;
  Tensor remainder(const Tensor& other) const;
  Tensor remainder(Scalar other) const;
  Tensor pow(const Tensor& exponent) const;
  Tensor pow(Scalar exponent) const;
  Tensor maximum(const Tensor& other) const;
  Tensor minimum(const Tensor& other) const;
  Tensor where(const Tensor& condition, const Tensor& other) const;
  Tensor neg() const;
  Tensor abs() const;
  Tensor sign() const;
  Tensor exp() const;
  Tensor expm1() const;
  Tensor log() const;
  Tensor log1p() const;
  Tensor sqrt() const;
  Tensor rsqrt() const;
  Tensor reciprocal() const;
  Tensor square() const;
  Tensor sin() const;
  Tensor cos() const;
  Tensor tanh() const;
  Tensor sigmoid() const;
  Tensor erf() const;
  Tensor erfc() const;
  Tensor erfinv() const;
  Tensor relu() const;
  Tensor gelu(std::string_view approximate = "none") const;
  Tensor silu() const;
  Tensor softplus(double beta = 1, double threshold = 20) const;
  Tensor clamp(std::optional<Scalar> min, std::optional<Scalar> max = {}) const;
  Tensor floor() const;
  Tensor ceil() const;
  Tensor round() const;
  Tensor logical_not() const;
  Tensor logical_and(const Tensor& other) const;
  Tensor logical_or(const Tensor& other) const;
  Tensor logical_xor(const Tensor& other) const;
  Tensor bitwise_not() const;
  Tensor bitwise_and(const Tensor& other) const;
  Tensor bitwise_or(const Tensor& other) const;
  Tensor bitwise_xor(const Tensor& other) const;

  const Tensor& add_(const Tensor& other) const;
  const Tensor& add_(Scalar other) const;
  const Tensor& sub_(const Tensor& other) const;
  const Tensor& sub_(Scalar other) const;
  const Tensor& mul_(const Tensor& other) const;
  const Tensor& mul_(Scalar other) const;
  const Tensor& div_(const Tensor& other) const;
  const Tensor& div_(Scalar other) const;
  const Tensor& floor_divide_(const Tensor& other) const;
  const Tensor& floor_divide_(Scalar other) const;
  const Tensor& remainder_(const Tensor& other) const;
  const Tensor& remainder_(Scalar other) const;
  const Tensor& pow_(const Tensor& exponent) const;
  const Tensor& pow_(Scalar exponent) const;
  const Tensor& neg_() const;
  const Tensor& abs_() const;
  const Tensor& sign_() const;
  const Tensor& exp_() const;
  const Tensor& expm1_() const;
  const Tensor& log_() const;
  const Tensor& log1p_() const;
  const Tensor& sqrt_() const;
  const Tensor& rsqrt_() const;
  const Tensor& reciprocal_() const;
  const Tensor& square_() const;
  const Tensor& sin_() const;
  const Tensor& cos_() const;
  const Tensor& tanh_() const;
  const Tensor& sigmoid_() const;
  const Tensor& erf_() const;
  const Tensor& erfc_() const;
  const Tensor& erfinv_() const;
  const Tensor& relu_() const;
  const Tensor& gelu_(std::string_view approximate = "none") const;
  const Tensor& silu_() const;
  const Tensor& clamp_(std::optional<Scalar> min, std::optional<Scalar> max = {}) const;
  const Tensor& floor_() const;
  const Tensor& ceil_() const;
  const Tensor& round_() const;

  // -- Compare ------------------------------------------------------------------------------
  Tensor eq(const Tensor& other) const;
  Tensor eq(Scalar other) const;
  Tensor ne(const Tensor& other) const;
  Tensor ne(Scalar other) const;
  Tensor lt(const Tensor& other) const;
  Tensor lt(Scalar other) const;
  Tensor le(const Tensor& other) const;
  Tensor le(Scalar other) const;
  Tensor gt(const Tensor& other) const;
  Tensor gt(Scalar other) const;
  Tensor ge(const Tensor& other) const;
  Tensor ge(Scalar other) const;
  Tensor isnan() const;
  Tensor isinf() const;
  Tensor isfinite() const;
  bool allclose(const Tensor& other, double rtol = 1e-5, double atol = 1e-8,
                bool equal_nan = false) const;
  bool equal(const Tensor& other) const;
  Tensor any(const Dims& dims = {}, bool keepdim = false) const;
  Tensor all(const Dims& dims = {}, bool keepdim = false) const;

  // -- Reduce -------------------------------------------------------------------------------
  Tensor sum(const Dims& dims = {}, bool keepdim = false, std::optional<DType> dtype = {}) const;
  Tensor mean(const Dims& dims = {}, bool keepdim = false, std::optional<DType> dtype = {}) const;
  Tensor prod(const Dims& dims = {}, bool keepdim = false, std::optional<DType> dtype = {}) const;
  Tensor var(const Dims& dims = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor std(const Dims& dims = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor max() const;
  ValuesIndices max(Dim dim, bool keepdim = false) const;
  Tensor min() const;
  ValuesIndices min(Dim dim, bool keepdim = false) const;
  Tensor amax(const Dims& dims = {}, bool keepdim = false) const;
  Tensor amin(const Dims& dims = {}, bool keepdim = false) const;
  Tensor argmax(std::optional<Dim> dim = {}, bool keepdim = false) const;
  Tensor argmin(std::optional<Dim> dim = {}, bool keepdim = false) const;
  Tensor norm(double p = 2, const Dims& dims = {}, bool keepdim = false) const;
  Tensor logsumexp(const Dims& dims, bool keepdim = false) const;
  Tensor softmax(Dim dim) const;
  Tensor log_softmax(Dim dim) const;
  Tensor cumsum(Dim dim) const;

  // -- Matrix products ------------------------------------------------------------------------
  Tensor matmul(const Tensor& other) const;
  Tensor mm(const Tensor& other) const;
  Tensor bmm(const Tensor& other) const;
  Tensor mv(const Tensor& vec) const;
  Tensor dot(const Tensor& other) const;
  Tensor outer(const Tensor& other) const;
  Tensor addmm(const Tensor& a, const Tensor& b, Scalar beta = 1, Scalar alpha = 1) const;

  // -- Random, in place (wick/random.h): torch's numbers for a seed, in the order of the memory
  // ----
  /// Uniform in [from, to). Throws ValueError for from > to, TypeError for integer dtypes.
  const Tensor& uniform_(double from = 0, double to = 1, Generator* generator = nullptr) const;
  /// Normal. Throws ValueError unless std >= 0, TypeError for integer dtypes.
  const Tensor& normal_(double mean = 0, double std = 1, Generator* generator = nullptr) const;
  /// 1 with probability p, else 0; any dtype. Throws ValueError unless 0 <= p <= 1.
  const Tensor& bernoulli_(double p = 0.5, Generator* generator = nullptr) const;
  /// Integers in [from, to); any dtype. Throws ValueError if there is none that the dtype holds.
  const Tensor& random_(int64_t from, int64_t to, Generator* generator = nullptr) const;
  /// Integers from 0 to the largest of an integer dtype, to 2^(bits of the significand) of others.
  const Tensor& random_(Generator* generator = nullptr) const;
  /// Density lambda exp(-lambda x). Throws ValueError unless lambda >= 0.
  const Tensor& exponential_(double lambda = 1, Generator* generator = nullptr) const;

  const Tensor& operator+=(const Tensor& other) const { return add_(other); }
  const Tensor& operator+=(Scalar other) const { return add_(other); }
  const Tensor& operator-=(const Tensor& other) const { return sub_(other); }
  const Tensor& operator-=(Scalar other) const { return sub_(other); }
  const Tensor& operator*=(const Tensor& other) const { return mul_(other); }
  const Tensor& operator*=(Scalar other) const { return mul_(other); }
  const Tensor& operator/=(const Tensor& other) const { return div_(other); }
  const Tensor& operator/=(Scalar other) const { return div_(other); }

  /// For the library's own code: the tensor behind the handle; throws Error if undefined.
  TensorImpl& impl() const;
  const std::shared_ptr<TensorImpl>& shared_impl() const { return impl_; }
  explicit Tensor(std::shared_ptr<TensorImpl> impl) : impl_(std::move(impl)) {}

 private:
  void* checked_data(DType expected, bool for_writing) const;
  void require_contiguous(const char* what) const;
  template <class T>
  std::vector<T> elements() const;

  std::shared_ptr<TensorImpl> impl_;
};

/// What max, min, sort and topk along a dimension give.
struct WICK_API ValuesIndices {
  Tensor values;
  Tensor indices;  ///< int64

  using wick_printable = void;
  /// "values=tensor(...),\nindices=tensor(...)"
  std::string to_string() const;
};

// -- Index tokens ------------------------------------------------------------------------------

/// A new dimension of size 1, as Python's None in x[None].
struct NoneType {};
inline constexpr NoneType none{};

/// torch's other name for it.
inline constexpr auto newaxis = none;

/// As many full slices as are missing, as Python's `...`.
struct Ellipsis {};
inline constexpr Ellipsis ellipsis{};

/// A full slice in x(all, 0), as Python's `:`; and a function: `all(x)` is true where every
/// element of x is.
struct All {
  /// Whether all elements along `dims` are true (non-zero); bool, uint8 for uint8 input.
  WICK_API Tensor operator()(const Tensor& x, const Dims& dims = {}, bool keepdim = false) const;
};
inline constexpr All all{};

/// Python's start:stop:step; made by slice().
struct Slice {
  std::optional<int64_t> start = {};
  std::optional<int64_t> stop = {};
  int64_t step = 1;
};

/// One end of a slice: a number, or `none` for the end of the dimension.
struct Bound {
  std::optional<int64_t> value = {};
  constexpr Bound(NoneType) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) constexpr Bound(T v) : value(static_cast<int64_t>(v)) {}
};

/// `slice(1, 4)` is 1:4, `slice(none, none, 2)` is ::2. The step must be positive.
constexpr Slice slice(Bound start, Bound stop, int64_t step = 1) {
  return {start.value, stop.value, step};
}
/// `slice(4)` is :4.
constexpr Slice slice(Bound stop) { return {{}, stop.value, 1}; }

/// One entry of an index: an integer, a slice, all, none, ellipsis, or a tensor of integers (which
/// picks) or bools (which masks).
struct Index {
  enum class Kind : uint8_t { number, range, new_axis, dots, picked };

  template <std::integral T>
  requires(!std::same_as<T, bool>) Index(T i)
      : kind(Kind::number), integer(static_cast<int64_t>(i)) {}
  Index(std::floating_point auto) = delete;  // only integers, slices, ... are valid indices
  Index(Slice s) : kind(Kind::range), range(s) {}
  Index(All) : kind(Kind::range) {}
  Index(NoneType) : kind(Kind::new_axis) {}
  Index(Ellipsis) : kind(Kind::dots) {}
  Index(Tensor t) : kind(Kind::picked), tensor(std::move(t)) {}

  Kind kind;
  int64_t integer = 0;
  Slice range = {};
  Tensor tensor = {};
};

/// The result of indexing: a Tensor to read, and, on the left of an assignment, the place to write.
/// `x(0) = 1` writes into x; once it has a name, `auto row = x(0); row = y` only rebinds the name.
class WICK_API Indexed : public Tensor {
 public:
  /// A view (integers and slices only).
  explicit Indexed(Tensor view);
  /// A copy picked by tensors, which remembers where it came from.
  Indexed(Tensor values, Tensor base, std::vector<Index> indices);
  Indexed(const Indexed&);
  Indexed(Indexed&&) noexcept;
  ~Indexed();

  Indexed& operator=(const Tensor& value) & {
    Tensor::operator=(value);
    base_ = Tensor();
    return *this;
  }
  Indexed& operator=(const Indexed& value) & { return *this = static_cast<const Tensor&>(value); }
  void operator=(const Tensor& value) && { write(value); }
  void operator=(const Indexed& value) && { write(value); }
  void operator=(Scalar value) && { write(value); }
  void operator+=(const Tensor& value) && { write(add(value)); }
  void operator+=(Scalar value) && { write(add(value)); }
  void operator-=(const Tensor& value) && { write(sub(value)); }
  void operator-=(Scalar value) && { write(sub(value)); }
  void operator*=(const Tensor& value) && { write(mul(value)); }
  void operator*=(Scalar value) && { write(mul(value)); }
  void operator/=(const Tensor& value) && { write(div(value)); }
  void operator/=(Scalar value) && { write(div(value)); }

 private:
  void write(const Tensor& value) const;
  void write(Scalar value) const;

  Tensor base_;  // undefined for views
  std::vector<Index> indices_;
};

template <class... Indices>
Indexed Tensor::operator()(const Indices&... indices) const {
  return index(std::vector<Index>{Index(indices)...});
}

/// Walks over dimension 0 of a tensor.
class Tensor::Iterator {
 public:
  using value_type = Tensor;
  using difference_type = std::ptrdiff_t;
  Iterator(Tensor base, int64_t at) : base_(std::move(base)), at_(at) {}
  Tensor operator*() const { return base_.select(0, at_); }
  Iterator& operator++() {
    ++at_;
    return *this;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

 private:
  Tensor base_;
  int64_t at_;
};

extern template WICK_API std::vector<float> Tensor::elements<float>() const;
extern template WICK_API std::vector<double> Tensor::elements<double>() const;
extern template WICK_API std::vector<BFloat16> Tensor::elements<BFloat16>() const;
extern template WICK_API std::vector<Half> Tensor::elements<Half>() const;
extern template WICK_API std::vector<int64_t> Tensor::elements<int64_t>() const;
extern template WICK_API std::vector<bool> Tensor::elements<bool>() const;

}  // namespace wick
