#include "compute/replay.h"

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
  storages_[traced.impl().storage.get()] = {traced, value.impl().storage};
}

Tensor Replay::value(const Tensor& traced) {
  if (!traced.defined() || !traced.is_meta()) return traced;
  const TensorImpl& impl = traced.impl();
  Bound& bound = storages_[impl.storage.get()];
  if (!bound.storage)
    bound = {traced, std::make_shared<Storage>(impl.storage->bytes(), Device::cpu)};
  const Tensor whole = core::from_storage(bound.storage, impl.shape, impl.strides, impl.dtype);
  return impl.offset == 0 ? whole : core::alias(whole, impl.shape, impl.strides, impl.offset);
}

void Replay::run(std::span<const Note> notes) {
  std::vector<Tensor> tensors;
  for (const Note& note : notes) {
    tensors.clear();
    for (const Tensor& x : note.inputs)
      if (x.defined() && x.is_meta() && !storages_.contains(x.impl().storage.get()))
        core::fail<Error>(
            "replay: {} reads a tensor of shape {} that nothing was bound to and no note wrote",
            note.primitive.name(), x.shape());
    for (const Tensor& x : note.outputs) tensors.push_back(value(x));
    for (const Tensor& x : note.inputs) tensors.push_back(value(x));
    note.primitive(tensors);
    for (size_t i = 0; i < note.outputs.size(); ++i)
      if (tensors[i].defined()) core::wrote(tensors[i]);
  }
}

}  // namespace wick::compute
