#include "wick/tensor.h"

#include "core/check.h"
#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "core/pool.h"
#include "core/striped_mutex.h"
#include "core/tensor_impl.h"

namespace wick {
TensorImpl& Tensor::impl() const {
  if (!impl_)
    throw Error("expected a tensor but got an undefined one (default-constructed or moved from)");
  return *impl_;
}

const Shape& Tensor::shape() const { return impl().shape; }
const Strides& Tensor::strides() const { return impl().strides; }
int64_t Tensor::size(Dim dim) const {
  const Shape& s = shape();
  const int64_t wrapped = core::wrap_dim(dim, s.size());
  if (s.empty())
    throw IndexError("dimension specified as " + std::to_string(dim) +
                     " but tensor has no dimensions");
  return s.begin()[wrapped];
}
int64_t Tensor::stride(Dim dim) const {
  size(dim);  // checks
  return strides().begin()[core::wrap_dim(dim, shape().size())];
}
int64_t Tensor::dim() const { return static_cast<int64_t>(shape().size()); }
int64_t Tensor::numel() const { return impl().numel; }
int64_t Tensor::len() const {
  if (dim() == 0) throw TypeError("len() of a 0-d tensor");
  return shape().begin()[0];
}
DType Tensor::dtype() const { return impl().dtype; }
Device Tensor::device() const { return impl().storage->device(); }
bool Tensor::is_floating_point() const { return wick::is_floating_point(dtype()); }
bool Tensor::is_contiguous() const { return impl().contiguous; }
int64_t Tensor::storage_offset() const { return impl().offset; }
bool Tensor::shares_storage(const Tensor& other) const {
  return impl().storage == other.impl().storage;
}
uint64_t Tensor::version() const { return impl().storage->version(); }

void* Tensor::checked_data(DType expected, bool for_writing) const {
  if (dtype() != expected)
    core::fail<TypeError>("expected scalar type {} but found {}", core::scalar_type_name(expected),
                          core::scalar_type_name(dtype()));
  if (is_meta())
    throw TypeError("a meta tensor has no elements; make the tensor on the cpu to read them");
  if (for_writing) impl().storage->expose();
  return impl().data();
}

void Tensor::require_contiguous(const char* what) const {
  if (!is_contiguous())
    core::fail<ShapeError>(
        "{} needs a contiguous tensor, but this one has shape {} and strides {};"
        " use contiguous() first",
        what, shape(), strides());
}

Scalar Tensor::item() const {
  if (numel() != 1)
    core::fail<ValueError>(
        "only one element tensors can be converted to Python scalars, got one of shape {}",
        shape());
  return core::dispatch(dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const auto* at = reinterpret_cast<const char*>(data_ptr<const T>());  // throws for meta
    return Scalar(kernels::load<T>(at));
  });
}

Tensor::operator bool() const {
  if (numel() != 1)
    core::fail<ValueError>("Boolean value of Tensor with {} is ambiguous",
                           numel() == 0 ? "no values" : "more than one value");
  return item().to_bool();
}

template <class T>
std::vector<T> Tensor::elements() const {
  std::vector<T> result;
  core::dispatch(dtype(), [&](auto tag) {
    using S = typename decltype(tag)::type;
    // Throws for meta, whose size may be more than a vector can have.
    const auto* first = reinterpret_cast<const char*>(data_ptr<const S>());
    core::check_memory(numel(), sizeof(T));
    result.resize(static_cast<size_t>(numel()));
    constexpr auto size = static_cast<int64_t>(sizeof(S));
    // Row-major order of the result decides the walk: describe it by positions.
    const Shape& s = shape();
    int64_t at = 0;
    const auto visit = [&](auto&& self, size_t d, const char* data) -> void {
      if (d == s.size()) {
        result[static_cast<size_t>(at++)] = core::load_as<T, S>(data);
        return;
      }
      for (int64_t i = 0; i < s.begin()[d]; ++i)
        self(self, d + 1, data + i * strides().begin()[d] * size);
    };
    if (numel() > 0) visit(visit, 0, first);
  });
  return result;
}

template std::vector<float> Tensor::elements<float>() const;
template std::vector<double> Tensor::elements<double>() const;
template std::vector<BFloat16> Tensor::elements<BFloat16>() const;
template std::vector<Half> Tensor::elements<Half>() const;
template std::vector<int64_t> Tensor::elements<int64_t>() const;
template std::vector<bool> Tensor::elements<bool>() const;

}  // namespace wick
