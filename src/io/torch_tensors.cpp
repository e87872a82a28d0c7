// The tensors of a checkpoint, each checked against the storage that it says it is in.
#include <algorithm>
#include <cstring>

#include "core/check.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "io/quote.h"
#include "io/torch_format.h"

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
                bool big_endian)
      : pickle_(pickle), file_(file), storages_(storages), big_endian_(big_endian) {}

  Tensor build(const std::string& name, const PickleValue& tensor) {
    name_ = &name;
    const PickleValue& storage = pickle_[tensor.items[0]];
    const DType dtype = dtype_of_tensor(tensor, storage);
    const Tensor base = whole(storage, dtype);
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

  /// All of a storage as elements of `dtype`; the same tensor for the same storage.
  Tensor whole(const PickleValue& storage, DType dtype) {
    int64_t bytes = 0;
    if (__builtin_mul_overflow(storage.number, torch_element(pickle_[storage.items[0]]).size,
                               &bytes))
      fail("is in a storage of {} elements, which is too many", storage.number);
    const auto size = static_cast<int64_t>(element_size(dtype));
    const int64_t count = bytes / size;
    if (count * size != bytes) fail("is of {}, but in a storage of {} bytes", dtype, bytes);
    const auto [at, is_new] = made_.try_emplace({storage.text, dtype});
    if (is_new) at->second = read(*storages_(storage.text, bytes), count, dtype);
    if (at->second.numel() != count)
      fail("says that its storage has {} elements, another says {}", count, at->second.numel());
    return at->second;
  }

  Tensor read(const MappedFile& bytes, int64_t count, DType dtype) const {
    const Tensor mapped = bytes.tensor(0, {count}, dtype);
    const size_t size = element_size(dtype);
    if (!big_endian_ || size == 1 || count == 0) return mapped;
    const Tensor swapped = core::make({count}, dtype);
    std::memcpy(core::bytes(swapped), core::bytes(mapped), static_cast<size_t>(count) * size);
    swap_bytes(core::bytes(swapped), count, size);
    return swapped;
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
  const bool big_endian_;
  const std::string* name_ = nullptr;
  std::map<std::pair<std::string_view, DType>, Tensor> made_;
};

}  // namespace

TorchElement torch_element(const PickleValue& type) {
  for (const ElementType& known : element_types)
    if (known.storage == type.text) return known.element;
  return {};  // one byte: untyped, int8 and the quantized ones
}

nn::StateDict build_torch_tensors(const Pickle& pickle, const TorchEntries& entries,
                                  const MappedFile& file, const TorchStorages& storages,
                                  bool big_endian) {
  TensorBuilder builder(pickle, file, storages, big_endian);
  nn::StateDict state;
  for (const auto& [name, ref] : entries) state.set(name, builder.build(name, pickle[ref]));
  return state;
}

}  // namespace wick::io
