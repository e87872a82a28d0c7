#include "wick/dtype.h"

#include <array>

#include "core/check.h"
#include "core/dtype.h"
#include "core/tensor_impl.h"

namespace wick {
namespace {

struct Info {
  std::string_view name;
  std::string_view scalar_type;  // the name in PyTorch's error messages
  size_t size;
  bool floating;
};

constexpr std::array<Info, dtype_count> infos{{
    {"float32", "Float", 4, true},
    {"float64", "Double", 8, true},
    {"bfloat16", "BFloat16", 2, true},
    {"float16", "Half", 2, true},
    {"int64", "Long", 8, false},
    {"int32", "Int", 4, false},
    {"uint8", "Byte", 1, false},
    {"bool", "Bool", 1, false},
}};

const Info& info(DType dtype) {
  const auto i = static_cast<size_t>(dtype);
  if (i >= infos.size()) core::fail<TypeError>("unknown dtype {}", i);
  return infos[i];
}

}  // namespace

size_t element_size(DType dtype) { return info(dtype).size; }
std::string_view name(DType dtype) { return info(dtype).name; }
bool is_floating_point(DType dtype) { return info(dtype).floating; }

DType promote_types(DType a, DType b) {
  if (a == b) return a;
  const bool fa = is_floating_point(a);
  const bool fb = is_floating_point(b);
  if (fa != fb) return fa ? a : b;
  const size_t sa = element_size(a);
  const size_t sb = element_size(b);
  // Equal sizes: bfloat16 with float16 has no common half type; bool gives way to uint8.
  if (sa == sb) return fa ? DType::float32 : DType::uint8;
  return sa > sb ? a : b;
}

std::string_view name(Device device) { return device == Device::cpu ? "cpu" : "meta"; }

namespace {
thread_local Device current_device = Device::cpu;
}
Device default_device() { return current_device; }
DeviceGuard::DeviceGuard(Device device) : before_(current_device) { current_device = device; }
DeviceGuard::~DeviceGuard() { current_device = before_; }

std::string_view core::scalar_type_name(DType dtype) { return info(dtype).scalar_type; }

}  // namespace wick
