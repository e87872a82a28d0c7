// What a Tensor handle points to.
#pragma once

#include <atomic>
#include <memory>

#include "core/layout.h"
#include "wick/tensor.h"

namespace wick {

namespace autograd {
struct Node;
struct TensorHooks;
}  // namespace autograd

/// A block of memory, 64-byte aligned when wick allocated it. Meta storages have a size only.
class Storage {
 public:
  /// Allocates; throws Error if there is not enough memory.
  Storage(int64_t bytes, Device device);
  /// Refers to the caller's memory.
  Storage(void* data, int64_t bytes) : data_(static_cast<char*>(data)), bytes_(bytes) {}
  /// Refers to memory that `keeper` holds, such as a mapped file, and that only wick writes to.
  Storage(void* data, int64_t bytes, std::shared_ptr<const void> keeper)
      : data_(static_cast<char*>(data)), bytes_(bytes), keeper_(std::move(keeper)) {}
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  char* data() const { return data_; }
  int64_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  void bump() { version_.fetch_add(1, std::memory_order_relaxed); }
  /// For a storage that was just made and filled: nobody has seen an earlier state.
  void restart() { version_.store(0, std::memory_order_relaxed); }
  /// Counts the pointers for writing that callers took: what they do with them goes unseen.
  uint64_t exposures() const { return exposures_.load(std::memory_order_relaxed); }
  void expose() { exposures_.fetch_add(1, std::memory_order_relaxed); }
  /// False for the caller's memory, which can change at any time.
  bool owned() const { return owned_ || keeper_; }

 private:
  char* data_ = nullptr;
  int64_t bytes_ = 0;
  Device device_ = Device::cpu;
  bool owned_ = false;
  std::shared_ptr<const void> keeper_;
  std::atomic<uint64_t> version_{0};
  std::atomic<uint64_t> exposures_{0};
};

/// Something an op derived from a tensor's elements and wants to find again (packed weights); valid
/// while both counters are the storage's.
struct Derived {
  uint64_t version = 0;
  uint64_t exposures = 0;
  const void* kind = nullptr;  ///< what the value is: an address that stands for its type
  std::shared_ptr<const void> value;
  std::shared_ptr<const Derived> next = nullptr;  ///< of another kind, of the same elements
};

/// Where a tensor keeps those, one of each kind, for threads that read and replace them at once.
class DerivedSlot {
 public:
  /// That of this kind, valid or not; null if there is none.
  std::shared_ptr<const Derived> load(const void* kind) const;
  /// Puts it in the place of what there is of its kind, and of all that belongs to other elements.
  void store(Derived derived);
  void clear();

 private:
  std::shared_ptr<const Derived> first_;
};

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
/// alias, as a view of x; the caller records it.
Tensor make_view(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset,
                 ViewKind kind = ViewKind::ordinary);

/// Throws Error if `count` things of `size` bytes are more than the machine has memory for.
void check_memory(int64_t count, size_t size);

/// First byte of x's elements.
inline char* bytes(const Tensor& x) { return x.impl().data(); }

/// True if a and b may share elements without being the same view of them, so that writing to one
/// while reading the other could see half-written data.
bool overlaps(const Tensor& a, const Tensor& b);

/// Whether InferenceModeGuard is in force on this thread.
bool& inference_mode();

/// Before an in-place write: throws if x is a leaf that requires grad, or if elements overlap.
void check_writable(const Tensor& x);
/// After an in-place write: bumps the version.
void wrote(const Tensor& x);

/// "Float", "Long", "Bool": the names PyTorch's messages use.
std::string_view scalar_type_name(DType dtype);

}  // namespace core
}  // namespace wick
