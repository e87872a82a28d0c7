// What a Tensor handle points to.
#pragma once

#include <atomic>
#include <memory>

#include "core/derived_slot.h"
#include "core/dtype.h"
#include "core/layout.h"
#include "core/storage.h"
#include "wick/tensor.h"

namespace wick {

namespace autograd {
struct Node;
struct TensorHooks;
}  // namespace autograd

/// How a view was made: whether it may be written to where gradients are recorded.
enum class ViewKind : uint8_t {
  ordinary,
  without_grad,  ///< while gradients were off
  one_of_many,   ///< by an op that gives several, such as unbind
};

struct TensorImpl {
  std::shared_ptr<Storage> storage;
  Shape shape;
  Strides strides;
  int64_t offset = 0;
  int64_t numel = 0;
  DType dtype = DType::float32;
  bool contiguous = true;
  bool inference = false;  // made in inference mode: never part of a graph
  bool requires_grad = false;
  ViewKind view_kind = ViewKind::ordinary;
  uint32_t output = 0;      // which of grad_fn's results this is
  uint64_t leaf_since = 0;  // place among recorded nodes at which gradients were last asked for
  std::shared_ptr<autograd::Node> grad_fn;
  std::weak_ptr<autograd::Node> accumulator;          // of a leaf, while a graph refers to it
  std::shared_ptr<autograd::TensorHooks> leaf_hooks;  // of a leaf; others keep them in grad_fn
  Tensor grad;

  // A view knows the tensor that it is, in the end, a view of. A write through either changes the
  // history of both: `epoch` counts the changes of a base's history, and a view that has seen
  // fewer takes its own from the base anew, in whichever thread comes first.
  std::shared_ptr<TensorImpl> base;
  std::atomic<uint64_t> base_epoch{0};
  std::atomic<uint64_t> epoch{0};

  DerivedSlot derived;

  char* data() const {
    if (numel == 0) return storage->data();  // whose offset may be anything
    return storage->data() + offset * static_cast<int64_t>(element_size(dtype));
  }
};

namespace core {

/// A new tensor with uninitialised elements, row-major.
Tensor make(const Shape& shape, DType dtype, Device device = Device::cpu);
/// The same with given strides, which must be dense.
Tensor make_strided(const Shape& shape, const Strides& strides, DType dtype, Device device);
/// The same on a storage that exists.
Tensor from_storage(std::shared_ptr<Storage> storage, const Shape& shape, const Strides& strides,
                    DType dtype);
/// A new handle on x's storage; records nothing.
Tensor alias(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset);

/// First byte of x's elements.
inline char* bytes(const Tensor& x) { return x.impl().data(); }

/// True if a and b may share elements without being the same view of them, so that writing to one
/// while reading the other could see half-written data.
bool overlaps(const Tensor& a, const Tensor& b);

/// Whether InferenceModeGuard is in force on this thread.
bool& inference_mode();

/// After an in-place write: bumps the version.
void wrote(const Tensor& x);

}  // namespace core
}  // namespace wick
