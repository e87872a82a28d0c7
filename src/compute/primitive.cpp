#include "compute/primitive.h"

#include "core/check.h"

namespace wick::compute::detail {

void add_note(AnyPrimitive primitive, std::vector<Tensor> tensors, size_t outputs) {
  const auto first_input = tensors.begin() + static_cast<std::ptrdiff_t>(outputs);
  std::vector<Tensor> inputs(first_input, tensors.end());
  tensors.erase(first_input, tensors.end());
  std::vector<uint64_t> versions;
  for (const Tensor& x : inputs) versions.push_back(x.defined() ? x.impl().storage->version() : 0);
  notes->push_back(
      {std::move(primitive), std::move(tensors), std::move(inputs), std::move(versions)});
}

void check_constants(std::span<const Note> traced) {
  for (const Note& note : traced)
    for (size_t i = 0; i < note.inputs.size(); ++i) {
      const Tensor& x = note.inputs[i];
      if (!x.defined() || x.is_meta() || x.impl().storage->version() == note.versions[i]) continue;
      core::fail<Error>(
          "trace: a tensor of shape {} on the cpu was written to after {} had read it; make a new "
          "tensor instead of writing in place",
          x.shape(), note.primitive.name());
    }
}

}  // namespace wick::compute::detail
