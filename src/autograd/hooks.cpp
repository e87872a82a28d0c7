#include "autograd/hooks.h"

#include <mutex>

#include "core/check.h"
#include "core/layout.h"
#include "wick/format.h"

namespace wick::autograd {

Strides grad_strides(const TensorImpl& x) {
  return core::is_dense(x.shape, x.strides) ? x.strides : core::contiguous_strides(x.shape);
}

Tensor copy_for(const TensorImpl& x, const Tensor& gradient) {
  Tensor copy = core::make_strided(x.shape, grad_strides(x), x.dtype, x.storage->device());
  copy.copy_(gradient);
  if (!copy.requires_grad()) copy.impl().storage->restart();
  return copy;
}

void call_hooks(TensorHooks& hooks, Tensor& gradient) {
  std::unique_lock lock(hooks.mutex);
  const auto calls = hooks.calls;  // a hook may take itself out
  lock.unlock();
  for (const auto& [id, hook] : calls) {
    Tensor replaced = hook(gradient);
    if (!replaced.defined()) continue;
    if (replaced.shape() != gradient.shape())
      core::fail<ShapeError>("hook has changed the size of value: {} became {}", gradient.shape(),
                             replaced.shape());
    if (replaced.dtype() != gradient.dtype() || replaced.device() != gradient.device())
      core::fail<TypeError>("hook has changed the type of value (was {}Tensor got {}Tensor)",
                            core::scalar_type_name(gradient.dtype()),
                            core::scalar_type_name(replaced.dtype()));
    gradient = std::move(replaced);
  }
  lock.lock();
  if (const auto retained = hooks.retained.lock())
    retained->grad =
        retained->grad.defined() ? retained->grad.add(gradient) : copy_for(*retained, gradient);
}

void call_after_hooks(TensorHooks& hooks, const Tensor& leaf) {
  std::unique_lock lock(hooks.mutex);
  const auto calls = hooks.after;
  lock.unlock();
  for (const auto& [id, hook] : calls) hook(leaf);
}

}  // namespace wick::autograd
