#include "core/tensor_impl.h"

#include <utility>

#include "core/pool.h"

namespace wick {
namespace core {

bool& inference_mode() {
  thread_local bool on = false;
  return on;
}

namespace {

std::shared_ptr<TensorImpl> new_impl() {
  return std::allocate_shared<TensorImpl>(PoolAllocator<TensorImpl>());
}

Tensor finish(std::shared_ptr<TensorImpl> impl) {
  impl->numel = impl->shape.numel();
  impl->inference = inference_mode();
  impl->contiguous = is_contiguous(impl->shape, impl->strides);
  return Tensor(std::move(impl));
}

/// With elements, but without strides as yet.
std::shared_ptr<TensorImpl> allocated(const Shape& shape, DType dtype, Device device) {
  const size_t size = element_size(dtype);
  check_size(shape, size);
  auto impl = new_impl();
  impl->numel = shape.numel();
  impl->storage = std::allocate_shared<Storage>(PoolAllocator<Storage>(),
                                                impl->numel * static_cast<int64_t>(size), device);
  impl->shape = shape;
  impl->dtype = dtype;
  impl->inference = inference_mode();
  return impl;
}

}  // namespace

Tensor make_strided(const Shape& shape, const Strides& strides, DType dtype, Device device) {
  auto impl = allocated(shape, dtype, device);
  impl->strides = strides;
  impl->contiguous = is_contiguous(shape, strides);
  return Tensor(std::move(impl));
}

Tensor make(const Shape& shape, DType dtype, Device device) {
  auto impl = allocated(shape, dtype, device);
  // In place: to copy strides that were written a moment ago takes 20 ns.
  write_contiguous_strides(shape, impl->strides);
  return Tensor(std::move(impl));
}

Tensor from_storage(std::shared_ptr<Storage> storage, const Shape& shape, const Strides& strides,
                    DType dtype) {
  auto impl = new_impl();
  impl->storage = std::move(storage);
  impl->shape = shape;
  impl->strides = strides;
  impl->dtype = dtype;
  return finish(std::move(impl));
}

bool overlaps(const Tensor& a, const Tensor& b) {
  const TensorImpl& x = a.impl();
  const TensorImpl& y = b.impl();
  if (x.numel == 0 || y.numel == 0) return false;
  const bool meta = !x.storage->data() || !y.storage->data();
  if (meta && x.storage != y.storage) return false;
  // By address: two tensors made of one piece of the caller's memory have two storages.
  const auto first_byte = [&](const TensorImpl& t) {
    return meta ? t.offset * static_cast<int64_t>(element_size(t.dtype))
                : static_cast<int64_t>(reinterpret_cast<intptr_t>(t.data()));
  };
  if (first_byte(x) == first_byte(y) && x.shape == y.shape && x.strides == y.strides &&
      x.dtype == y.dtype)
    return false;
  const auto range = [&](const TensorImpl& t) {
    const Extent reach = extent(t.shape, t.strides);
    const auto size = static_cast<int64_t>(element_size(t.dtype));
    return std::pair(first_byte(t) + reach.low * size, first_byte(t) + (reach.high + 1) * size);
  };
  const auto [x_begin, x_end] = range(x);
  const auto [y_begin, y_end] = range(y);
  return x_begin < y_end && y_begin < x_end;
}

Tensor alias(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset) {
  auto impl = new_impl();
  impl->storage = x.impl().storage;
  impl->shape = shape;
  impl->strides = strides;
  impl->offset = offset;
  impl->dtype = x.dtype();
  Tensor result = finish(std::move(impl));
  result.impl().inference = x.impl().inference;
  return result;
}

void wrote(const Tensor& x) { x.impl().storage->bump(); }

}  // namespace core
}  // namespace wick
