#include <cmath>
#include <cstring>

#include "compute/copy.h"
#include "compute/range.h"
#include "core/dispatch.h"
#include "ops/arguments.h"
#include "ops/create/creation.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using core::fail;
using ops::finish;
using ops::make;

/// What empty() gives. A byte that is neither 0 nor 1 is no bool: reading it would be undefined
/// behaviour.
Tensor blank(const Tensor& x, bool requires_grad = false) {
  if (x.dtype() == DType::bool_) x.zero_();
  return finish(x, requires_grad);
}

TensorOptions with_dtype(DType dtype) { return {.dtype = dtype}; }

/// Throws ValueError for a number of tensor(...) that an integer dtype cannot hold; floating ones
/// round it, to infinity if need be.
void check_element(Scalar value, DType dtype) {
  if (!is_floating_point(dtype) && ops::overflows(value, dtype))
    fail<ValueError>("value cannot be converted to type {} without overflow", name(dtype));
}

/// The same for all elements of x.
void check_elements(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype || is_floating_point(dtype) || dtype == DType::bool_) return;
  core::dispatch(x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const char* at = core::bytes(x);
    for (int64_t i = 0; i < x.numel(); ++i, at += sizeof(T))
      check_element(Scalar(kernels::load<T>(at)), dtype);
  });
}

// -- Nested lists -------------------------------------------------------------------------------

using List = std::vector<detail::NestedList>;

void find_shape(const List& items, Shape& shape) {
  shape.push_back(static_cast<int64_t>(items.size()));
  if (!items.empty() && items[0].is_list()) find_shape(items[0].items(), shape);
}

void flatten_into(const List& items, const Shape& shape, size_t depth, std::vector<Scalar>& out) {
  const auto size = static_cast<int64_t>(items.size());
  if (size != shape.begin()[depth])
    fail<ValueError>("expected sequence of length {} at dim {} (got {})", shape.begin()[depth],
                     depth, size);
  for (const detail::NestedList& item : items) {
    if (item.is_list() != (depth + 1 < shape.size()))
      fail<ValueError>("expected {} at dim {} of a nested list, got {}",
                       item.is_list() ? "a number" : "a list", depth + 1,
                       item.is_list() ? "a list" : "a number");
    if (item.is_list())
      flatten_into(item.items(), shape, depth + 1, out);
    else
      out.push_back(item.value());
  }
}

DType common_dtype(const std::vector<Scalar>& values) {
  DType dtype = values.empty() ? DType::float32 : values[0].dtype();
  for (const Scalar& v : values) dtype = promote_types(dtype, v.dtype());
  return dtype;
}

}  // namespace

Tensor detail::from_values(const void* values, DType dtype, const Shape& shape,
                           const TensorOptions& options) {
  Tensor result = core::make(shape, dtype);
  const auto bytes = static_cast<size_t>(result.numel()) * element_size(dtype);
  if (bytes > 0) std::memcpy(core::bytes(result), values, bytes);
  if (options.dtype) check_elements(result, *options.dtype);
  result = to(to(result, options.dtype.value_or(dtype)), options.device.value_or(default_device()));
  return finish(result, options.requires_grad);
}

Tensor detail::from_number(Scalar value, const TensorOptions& options) {
  const Tensor result = make({}, options, value.dtype());
  check_element(value, result.dtype());
  compute::run(compute::Fill{value}, result);
  return finish(result, options.requires_grad);
}

detail::NestedList::NestedList(std::initializer_list<NestedList> items)
    : is_list_(true), items_(items) {}
detail::NestedList::NestedList(const NestedList&) = default;
detail::NestedList::~NestedList() = default;

Tensor tensor(std::initializer_list<detail::NestedList> values, const TensorOptions& options) {
  const List items(values);
  Shape shape;
  find_shape(items, shape);
  std::vector<Scalar> flat;
  flatten_into(items, shape, 0, flat);
  Tensor result = core::make(shape, options.dtype.value_or(common_dtype(flat)));
  core::dispatch(result.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* data = result.data_ptr<T>();
    for (const Scalar& v : flat) {
      check_element(v, result.dtype());
      *data++ = core::convert<T>(v);
    }
  });
  result = to(result, options.device.value_or(default_device()));
  return finish(result, options.requires_grad);
}
Tensor tensor(std::initializer_list<detail::NestedList> values, DType dtype) {
  return tensor(values, with_dtype(dtype));
}

Tensor from_blob(void* data, const Shape& shape, const Strides& strides, DType dtype) {
  core::check_size(shape, element_size(dtype));
  if (strides.size() != shape.size())
    fail<ShapeError>("from_blob expects one stride per dimension, got {} strides for shape {}",
                     strides.size(), shape);
  for (const int64_t stride : strides)
    if (stride < 0) fail<ValueError>("from_blob expects strides >= 0, got {}", strides);
  const core::Extent reach = core::extent(shape, strides);
  if (reinterpret_cast<uintptr_t>(data) % element_size(dtype) != 0)
    fail<ValueError>("from_blob expects memory aligned to the {} bytes of a {}",
                     element_size(dtype), dtype);
  if (!data && reach.high >= 0)
    fail<ValueError>("from_blob expects memory for shape {}, got a null pointer", shape);
  int64_t bytes = 0;
  if (__builtin_add_overflow(reach.high, 1, &bytes) ||
      __builtin_mul_overflow(bytes, static_cast<int64_t>(element_size(dtype)), &bytes))
    fail<ShapeError>("shape {} with strides {} reaches beyond 64-bit offsets", shape, strides);
  return core::from_storage(std::make_shared<Storage>(data, bytes), shape, strides, dtype);
}
Tensor from_blob(void* data, const Shape& shape, DType dtype) {
  core::check_size(shape, element_size(dtype));
  return from_blob(data, shape, core::contiguous_strides(shape), dtype);
}

Tensor empty(const Shape& shape, const TensorOptions& options) {
  return blank(make(shape, options), options.requires_grad);
}
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options) {
  return finish(make(shape, options, value.dtype()).fill_(value), options.requires_grad);
}
Tensor zeros(const Shape& shape, const TensorOptions& options) {
  TensorOptions o = options;
  o.dtype = options.dtype.value_or(DType::float32);
  return full(shape, 0, o);
}
Tensor ones(const Shape& shape, const TensorOptions& options) {
  TensorOptions o = options;
  o.dtype = options.dtype.value_or(DType::float32);
  return full(shape, 1, o);
}
Tensor empty(const Shape& shape, DType dtype) { return empty(shape, with_dtype(dtype)); }
Tensor zeros(const Shape& shape, DType dtype) { return zeros(shape, with_dtype(dtype)); }
Tensor ones(const Shape& shape, DType dtype) { return ones(shape, with_dtype(dtype)); }
Tensor full(const Shape& shape, Scalar value, DType dtype) {
  return full(shape, value, with_dtype(dtype));
}

Tensor arange(Scalar end, const TensorOptions& options) { return arange(0, end, 1, options); }
Tensor arange(Scalar start, Scalar end, Scalar step, const TensorOptions& options) {
  const bool floating = start.is_floating() || end.is_floating() || step.is_floating();
  const double a = start.to_double(), b = end.to_double(), s = step.to_double();
  if (s == 0) throw ValueError("step must be nonzero, got 0");
  if (!std::isfinite(a) || !std::isfinite(b) || std::isnan(s))
    fail<ValueError>("unsupported range: {} -> {}", a, b);
  if (s > 0 ? a > b : a < b)
    fail<ValueError>("upper bound and larger bound inconsistent with step sign: {} -> {} by {}", a,
                     b, s);
  double count = std::ceil((b - a) / s);
  if (!floating) {  // exact beyond 2^53 as well
    const auto first = static_cast<uint64_t>(start.to_int64());
    const auto last = static_cast<uint64_t>(end.to_int64());
    const auto by = static_cast<uint64_t>(step.to_int64());
    const uint64_t span = s > 0 ? last - first : first - last;
    const uint64_t stride = s > 0 ? by : uint64_t{0} - by;
    count = static_cast<double>(span / stride + (span % stride != 0));
  }
  if (count >= 0x1p62) fail<ShapeError>("arange: {} elements are too many", count);
  const Tensor result =
      make({static_cast<int64_t>(count)}, options, floating ? DType::float32 : DType::int64);
  // Either kind all through, as `count` was found.
  const auto as_counted = [&](Scalar x) { return floating ? Scalar(x.to_double()) : x; };
  compute::run(compute::Range{as_counted(start), as_counted(step)}, result);
  return finish(result, options.requires_grad);
}

Tensor linspace(double start, double end, int64_t steps, const TensorOptions& options) {
  if (steps < 0) fail<ValueError>("number of steps must be non-negative, got {}", steps);
  const Tensor result = make({steps}, options);
  for (const double at : {start, end})
    ops::check_fits(at, result.dtype(), ops::HalfOverflow::error);
  compute::run(compute::Linspace{start, end}, result);
  return finish(result, options.requires_grad);
}

Tensor eye(int64_t n, std::optional<int64_t> m, const TensorOptions& options) {
  if (n < 0 || m.value_or(0) < 0)
    fail<ValueError>("eye expects sizes >= 0, got {} and {}", n, m.value_or(n));
  const Tensor result =
      zeros({n, m.value_or(n)}, {.dtype = options.dtype, .device = options.device});
  const int64_t diagonal = std::min(n, m.value_or(n));
  if (diagonal > 0) result.as_strided({diagonal}, {m.value_or(n) + 1}).fill_(1);
  return finish(result, options.requires_grad);
}

Tensor empty_like(const Tensor& x) { return blank(ops::make_like(x, x.dtype(), x.device())); }
Tensor full_like(const Tensor& x, Scalar value) { return finish(empty_like(x).fill_(value)); }
Tensor zeros_like(const Tensor& x) { return full_like(x, 0); }
Tensor ones_like(const Tensor& x) { return full_like(x, 1); }

Tensor Tensor::empty_like() const { return wick::empty_like(*this); }
Tensor Tensor::full_like(Scalar value) const { return wick::full_like(*this, value); }
Tensor Tensor::zeros_like() const { return wick::zeros_like(*this); }
Tensor Tensor::ones_like() const { return wick::ones_like(*this); }

}  // namespace wick
