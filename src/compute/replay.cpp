#include "compute/replay.h"

#include <algorithm>

#include "core/check.h"

namespace wick::compute {

void Replay::bind(const Tensor& traced, const Tensor& value) {
  if (traced.shape() != value.shape())
    core::fail<ShapeError>("replay: a tensor of shape {} was traced, and {} is given",
                           traced.shape(), value.shape());
  if (traced.dtype() != value.dtype())
    core::fail<TypeError>("replay: a tensor of {} was traced, and {} is given",
                          name(traced.dtype()), name(value.dtype()));
  // The whole of a storage is bound, so both have to begin it in the same way.
  if (!traced.is_contiguous() || !value.is_contiguous() || traced.impl().offset != 0 ||
      value.impl().offset != 0)
    core::fail<ValueError>("replay: bound tensors are contiguous and begin their storage");
  kept_.push_back(traced);
  storages_.emplace_back(traced.impl().storage.get(), value.impl().storage);
}

Tensor Replay::value(const Tensor& traced) {
  if (!traced.defined() || !traced.is_meta()) return traced;
  const TensorImpl& impl = traced.impl();
  const auto found = std::find_if(storages_.begin(), storages_.end(), [&](const auto& pair) {
    return pair.first == impl.storage.get();
  });
  std::shared_ptr<Storage> storage;
  if (found != storages_.end()) {
    storage = found->second;
  } else {
    storage = std::make_shared<Storage>(impl.storage->bytes(), Device::cpu);
    kept_.push_back(traced);
    storages_.emplace_back(impl.storage.get(), storage);
  }
  const Tensor whole = core::from_storage(std::move(storage), impl.shape, impl.strides, impl.dtype);
  return impl.offset == 0 ? whole : core::alias(whole, impl.shape, impl.strides, impl.offset);
}

void Replay::run(std::span<const Note> notes) {
  std::vector<Tensor> tensors;
  for (const Note& note : notes) {
    tensors.clear();
    for (const Tensor& x : note.outputs) tensors.push_back(value(x));
    for (const Tensor& x : note.inputs) tensors.push_back(value(x));
    note.primitive(tensors);
    for (size_t i = 0; i < note.outputs.size(); ++i)
      if (tensors[i].defined()) core::wrote(tensors[i]);
  }
}

}  // namespace wick::compute
