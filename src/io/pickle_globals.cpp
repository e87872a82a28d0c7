#include "io/pickle.h"

namespace wick::io {
namespace {

using enum PickleGlobal;

constexpr std::string_view on_device =
    "a tensor of another device; in Python, save it after model.cpu()";

// All that there is: a name that is not here cannot even be mentioned.
constexpr KnownGlobal known_globals[] = {
    {"collections.OrderedDict", ordered_dict},
    {"torch._utils._rebuild_tensor", rebuild_tensor},
    {"torch._utils._rebuild_tensor_v2", rebuild_tensor},
    {"torch._utils._rebuild_tensor_v3", rebuild_tensor_v3},
    {"torch._tensor._rebuild_from_type_v2", rebuild_from_type},
    {"torch._utils._rebuild_parameter", rebuild_parameter},
    {"torch._utils._rebuild_parameter_with_state", rebuild_parameter},
    {"torch.nn.parameter.Parameter", rebuild_parameter},
    {"torch.nn.Parameter", rebuild_parameter},
    {"torch.nn.parameter.Buffer", rebuild_parameter},
    {"torch.Tensor", tensor_type},
    {"torch._tensor.Tensor", tensor_type},
    {"torch.Size", size},
    // Storages, those of the dtypes that wick has first.
    {"torch.FloatStorage", storage_type},
    {"torch.DoubleStorage", storage_type},
    {"torch.HalfStorage", storage_type},
    {"torch.BFloat16Storage", storage_type},
    {"torch.LongStorage", storage_type},
    {"torch.IntStorage", storage_type},
    {"torch.ByteStorage", storage_type},
    {"torch.BoolStorage", storage_type},
    {"torch.CharStorage", storage_type},
    {"torch.ShortStorage", storage_type},
    {"torch.ComplexFloatStorage", storage_type},
    {"torch.ComplexDoubleStorage", storage_type},
    {"torch.QInt8Storage", storage_type},
    {"torch.QInt32Storage", storage_type},
    {"torch.QUInt8Storage", storage_type},
    {"torch.QUInt4x2Storage", storage_type},
    {"torch.QUInt2x4Storage", storage_type},
    {"torch.UntypedStorage", storage_type},
    {"torch.storage.UntypedStorage", storage_type},
    {"torch.storage._UntypedStorage", storage_type},
    {"torch.storage.TypedStorage", storage_type},
    {"torch.storage._TypedStorage", storage_type},
    // Dtypes; Python's pickles use the first name of each.
    {"torch.float32", dtype},
    {"torch.float64", dtype},
    {"torch.float16", dtype},
    {"torch.bfloat16", dtype},
    {"torch.int64", dtype},
    {"torch.int32", dtype},
    {"torch.uint8", dtype},
    {"torch.bool", dtype},
    {"torch.int8", dtype},
    {"torch.int16", dtype},
    {"torch.uint16", dtype},
    {"torch.uint32", dtype},
    {"torch.uint64", dtype},
    {"torch.complex32", dtype},
    {"torch.complex64", dtype},
    {"torch.complex128", dtype},
    {"torch.float8_e4m3fn", dtype},
    {"torch.float8_e4m3fnuz", dtype},
    {"torch.float8_e5m2", dtype},
    {"torch.float8_e5m2fnuz", dtype},
    {"torch.float8_e8m0fnu", dtype},
    // What stands beside tensors in checkpoints: Python 3 has other names for these than Python 2.
    {"torch.device", data_maker},
    {"_codecs.encode", data_maker},
    {"builtins.bytes", data_maker},
    {"builtins.set", data_maker},
    {"builtins.complex", data_maker},
    {"__builtin__.bytes", data_maker},
    {"__builtin__.set", data_maker},
    {"__builtin__.complex", data_maker},
    // Tensors that are no strided memory.
    {"torch._utils._rebuild_sparse_tensor", refused, "a sparse tensor; save x.to_dense() instead"},
    {"torch._utils._rebuild_sparse_csr_tensor", refused,
     "a sparse tensor; save x.to_dense() instead"},
    {"torch._utils._rebuild_qtensor", refused, "a quantized tensor; save x.dequantize() instead"},
    {"torch._utils._rebuild_nested_tensor", refused,
     "a nested tensor; save the tensors of x.unbind() instead"},
    {"torch.nested._internal.nested_tensor._rebuild_njt", refused,
     "a nested tensor; save the tensors of x.unbind() instead"},
    {"torch._utils._rebuild_meta_tensor_no_storage", refused,
     "a tensor on the meta device, which has no elements; save the model when it has weights"},
    {"torch._utils._rebuild_device_tensor_from_cpu_tensor", refused, on_device},
    {"torch._utils._rebuild_device_tensor_from_numpy", refused, on_device},
    {"torch._utils._rebuild_xla_tensor", refused, on_device},
    {"torch._utils._rebuild_wrapper_subclass", refused,
     "a tensor of a class of its own, without elements; save plain tensors instead"},
    {"torch._tensor._rebuild_from_type", refused,
     "a tensor of a class of its own, as PyTorch "
     "before 1.9 wrote; load it in Python and save plain tensors"},
};

}  // namespace

const KnownGlobal* pickle_global(std::string_view name) {
  for (const KnownGlobal& known : known_globals)
    if (known.name == name) return &known;
  return nullptr;
}

}  // namespace wick::io
