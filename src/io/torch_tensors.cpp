// The tensors of a checkpoint, each checked against the storage that it says it is in.
#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "core/check.h"
#include "core/layout.h"
#include "core/seeded_hash.h"
#include "core/tensor_impl.h"
#include "io/quote.h"
#include "io/torch.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick::io {
namespace {

struct ElementType {
  std::string_view storage;
  std::string_view dtype;
  TorchElement element;
};

constexpr ElementType element_types[] = {
    {"torch.FloatStorage", "torch.float32", {4, DType::float32}},
    {"torch.DoubleStorage", "torch.float64", {8, DType::float64}},
    {"torch.HalfStorage", "torch.float16", {2, DType::float16}},
    {"torch.BFloat16Storage", "torch.bfloat16", {2, DType::bfloat16}},
    {"torch.LongStorage", "torch.int64", {8, DType::int64}},
    {"torch.IntStorage", "torch.int32", {4, DType::int32}},
    {"torch.ByteStorage", "torch.uint8", {1, DType::uint8}},
    {"torch.BoolStorage", "torch.bool", {1, DType::bool_}},
    {"torch.ShortStorage", "torch.int16", {2, {}}},
    {"torch.ComplexFloatStorage", "torch.complex64", {8, {}}},
    {"torch.ComplexDoubleStorage", "torch.complex128", {16, {}}},
    {"torch.QInt32Storage", "torch.qint32", {4, {}}},
};

/// Swaps the bytes of every element.
void swap_bytes(char* bytes, int64_t count, size_t size) {
  for (int64_t i = 0; i < count; ++i, bytes += size) std::reverse(bytes, bytes + size);
}

class TensorBuilder {
 public:
  TensorBuilder(const Pickle& pickle, const MappedFile& file, const TorchStorages& storages,
                MemoryTotal& memory, bool big_endian)
      : pickle_(pickle),
        file_(file),
        storages_(storages),
        memory_(memory),
        big_endian_(big_endian) {}

  Tensor build(const std::string& name, const PickleValue& tensor) {
    name_ = &name;
    const PickleValue& storage = pickle_[tensor.items[0]];
    const DType dtype = dtype_of_tensor(tensor, storage);
    if (tensor.number & pickle_conjugated) fail("is marked as conjugated, but is not complex");
    const Tensor base = whole(storage, dtype, tensor.number & pickle_negated);
    int64_t offset = pickle_[tensor.items[1]].number;
    const Shape shape = list(pickle_[tensor.items[2]]);
    Strides strides = list(pickle_[tensor.items[3]]);
    int64_t available = base.numel();
    view(storage, offset, available);
    check(shape, strides, offset, available, element_size(dtype));
    if (shape.numel() == 0) return core::make(shape, dtype);
    return core::alias(base, shape, strides, offset);
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
    file_.fail(fmt::format("tensor {} {}", quoted(*name_),
                           fmt::format(text, std::forward<Args>(args)...)));
  }

  DType dtype_of_tensor(const PickleValue& tensor, const PickleValue& storage) const {
    const bool has_dtype = tensor.items.size() > 4;
    const std::string_view type = pickle_[has_dtype ? tensor.items[4] : storage.items[0]].text;
    for (const ElementType& known : element_types)
      if ((known.storage == type || known.dtype == type) && known.element.dtype)
        return *known.element.dtype;
    fail(
        "is of {}, which wick has not; it has float32, float64, float16, bfloat16, int64, int32, "
        "uint8 and bool",
        type);
  }

  /// A storage, and what was made of it: at most one copy of each kind, whatever views it.
  struct Made {
    std::shared_ptr<const MappedFile> bytes = nullptr;
    std::array<Tensor, dtype_count> plain = {};
    Tensor swapped = {};
    Tensor negated = {};
  };

  /// All of a storage as elements of `dtype`; the same tensor for the same storage.
  Tensor whole(const PickleValue& storage, DType dtype, bool negated) {
    int64_t bytes = 0;
    if (__builtin_mul_overflow(storage.number, torch_element(pickle_[storage.items[0]]).size,
                               &bytes))
      fail("is in a storage of {} elements, which is too many", storage.number);
    const auto size = static_cast<int64_t>(element_size(dtype));
    const int64_t count = bytes / size;
    if (count * size != bytes) fail("is of {}, but in a storage of {} bytes", dtype, bytes);
    const auto [at, is_new] = made_.try_emplace(storage.text);
    Made& made = at->second;
    if (is_new) made.bytes = storages_(storage.text, bytes);
    if (made.bytes->size() != bytes)
      fail("says that its storage has {} elements, another says {}", count,
           made.bytes->size() / size);
    const Tensor elements = plain(made, count, dtype);
    return negated ? negative(made, elements) : elements;
  }

  /// The elements as they stand in the file, or in this machine's byte order.
  Tensor plain(Made& made, int64_t count, DType dtype) {
    const size_t size = element_size(dtype);
    Tensor& mapped = made.plain.at(static_cast<size_t>(dtype));
    if (!mapped.defined()) {
      mapped = made.bytes->tensor(0, {count}, dtype);
      const bool is_copy = count > 0 && core::bytes(mapped) != made.bytes->bytes().data();
      if (is_copy) memory_.add(made.bytes->size());
    }
    if (!big_endian_ || size == 1 || count == 0) return mapped;
    check_one_dtype(made.swapped, dtype);
    if (!made.swapped.defined()) {
      memory_.add(made.bytes->size());
      made.swapped = core::make({count}, dtype);
      std::memcpy(core::bytes(made.swapped), core::bytes(mapped),
                  static_cast<size_t>(count) * size);
      swap_bytes(core::bytes(made.swapped), count, size);
    }
    return made.swapped;
  }

  /// What PyTorch reads through its negative bit, as `x.conj().imag` has it.
  Tensor negative(Made& made, const Tensor& elements) {
    if (elements.dtype() == DType::bool_) fail("is marked as negated, which bools cannot be");
    check_one_dtype(made.negated, elements.dtype());
    if (!made.negated.defined()) {
      memory_.add(made.bytes->size());
      const NoGradGuard guard;
      made.negated = neg(elements);
    }
    return made.negated;
  }

  /// torch.save writes no file in which a storage has several dtypes: copies of each would only
  /// take memory.
  void check_one_dtype(const Tensor& copy, DType dtype) const {
    if (copy.defined() && copy.dtype() != dtype)
      fail("is of {}, but another of the same storage is of {}", dtype, copy.dtype());
  }

  Shape list(const PickleValue& sizes) const {
    if (sizes.items.size() > Shape::max_rank)
      fail("has {} dimensions; {} is the limit", sizes.items.size(), Shape::max_rank);
    Shape result;
    for (const PickleRef item : sizes.items) result.push_back(pickle_[item].number);
    return result;
  }

  /// A storage that is a part of another, (key, offset, elements), as old checkpoints have them.
  void view(const PickleValue& storage, int64_t& offset, int64_t& available) const {
    if (storage.items.size() < 2) return;
    const PickleValue& part = pickle_[storage.items[1]];
    const auto number = [&](size_t i) {
      return part.kind == PickleKind::tuple && part.items.size() == 3 &&
                     pickle_[part.items[i]].kind == PickleKind::integer
                 ? pickle_[part.items[i]].number
                 : -1;
    };
    const int64_t begin = number(1);
    const int64_t size = number(2);
    if (begin < 0 || size < 0 || begin > available || size > available - begin || offset < 0 ||
        offset > size)
      fail("is in a part of a storage that is not inside of it");
    offset += begin;
    available = begin + size;
  }

  void check(const Shape& shape, Strides& strides, int64_t offset, int64_t available,
             size_t size) const {
    if (strides.size() != shape.size()) fail("has shape {} but strides {}", shape, strides);
    int64_t last = offset;
    auto bytes = static_cast<int64_t>(size);
    bool fits = offset >= 0;
    bool is_empty = false;
    for (size_t i = 0; i < shape.size(); ++i) {
      const int64_t n = shape.begin()[i];
      int64_t& stride = strides.begin()[i];
      int64_t reach = 0;
      fits = fits && n >= 0 && stride >= 0 &&
             !__builtin_mul_overflow(bytes, std::max<int64_t>(n, 1), &bytes);
      is_empty = is_empty || n == 0;
      if (n > 1)
        fits = fits && !__builtin_mul_overflow(n - 1, stride, &reach) &&
               !__builtin_add_overflow(last, reach, &last);
      else  // where it is never used, it may be anything: products of strides must not overflow
        stride = std::min(stride, available);
    }
    if (!fits)
      fail("has shape {}, strides {} and offset {}, which cannot be", shape, strides, offset);
    if (!is_empty && last >= available)
      fail("of shape {} with strides {} and offset {} reaches beyond its storage of {} elements",
           shape, strides, offset, available);
  }

  const Pickle& pickle_;
  const MappedFile& file_;
  const TorchStorages& storages_;
  MemoryTotal& memory_;
  const bool big_endian_;
  const std::string* name_ = nullptr;
  std::unordered_map<std::string_view, Made, detail::SeededHash> made_;  // by the storage's key
};

}  // namespace

TorchElement torch_element(const PickleValue& type) {
  for (const ElementType& known : element_types)
    if (known.storage == type.text) return known.element;
  return {};  // one byte: untyped, int8 and the quantized ones
}

StateDict build_torch_tensors(const Pickle& pickle, const TorchEntries& entries,
                              const MappedFile& file, const TorchStorages& storages,
                              MemoryTotal& memory, bool big_endian) {
  TensorBuilder builder(pickle, file, storages, memory, big_endian);
  StateDict state;
  for (const auto& [name, ref] : entries) state.set(name, builder.build(name, pickle[ref]));
  return state;
}

}  // namespace wick::io
