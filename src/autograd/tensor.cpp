// Tensor's methods that have to do with gradients.
#include "autograd/node.h"
#include "autograd/views.h"
#include "core/check.h"
#include "wick/format.h"
#include "wick/warning.h"

namespace wick {
namespace {

using autograd::TensorHooks;

/// Where hooks on x are kept.
std::shared_ptr<TensorHooks>& hooks_of(const Tensor& x) {
  TensorImpl& i = x.impl();
  std::shared_ptr<TensorHooks>& hooks = i.grad_fn ? i.grad_fn->hooks(i.output) : i.leaf_hooks;
  if (!hooks) hooks = std::make_shared<TensorHooks>();
  return hooks;
}

/// Puts `hook` at the end of one of x's lists.
template <class Hook>
HookHandle add_hook(const Tensor& x, std::vector<std::pair<uint64_t, Hook>> TensorHooks::*list,
                    Hook hook) {
  const std::shared_ptr<TensorHooks>& hooks = hooks_of(x);
  const std::lock_guard lock(hooks->mutex);
  const uint64_t id = hooks->next_id++;
  ((*hooks).*list).emplace_back(id, std::move(hook));
  return HookHandle([weak = std::weak_ptr<TensorHooks>(hooks), list, id] {
    const auto alive = weak.lock();
    if (!alive) return;
    const std::lock_guard alone(alive->mutex);
    std::erase_if((*alive).*list, [id](const auto& entry) { return entry.first == id; });
  });
}

}  // namespace

bool Tensor::requires_grad() const {
  autograd::refresh(impl());
  return impl().requires_grad;
}

bool Tensor::is_leaf() const {
  autograd::refresh(impl());
  return impl().grad_fn == nullptr;
}

std::string Tensor::grad_fn() const {
  autograd::refresh(impl());
  return impl().grad_fn ? impl().grad_fn->name : "";
}

const Tensor& Tensor::requires_grad_(bool on) const {
  if (on && !is_floating_point())
    throw TypeError("Only Tensors of floating point and complex dtype can require gradients");
  if (on && is_inference() && !is_inference_mode_enabled())
    throw Error(
        "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.");
  if (!on && !is_leaf())
    throw Error(
        "you can only change requires_grad flags of leaf variables. If you want to use a computed "
        "variable in a subgraph that doesn't require differentiation use var_no_grad = "
        "var.detach().");
  if (on && !impl().requires_grad) impl().leaf_since = autograd::next_sequence();
  impl().requires_grad = on;
  return *this;
}

bool Tensor::is_inference() const { return impl().inference; }

Tensor Tensor::grad() const {
  const TensorImpl& i = impl();
  if (!i.grad.defined() && i.grad_fn && !retains_grad())
    warn("grad",
         "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
         "attribute won't be populated during autograd.backward(). If you indeed want the .grad "
         "field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. "
         "If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor "
         "instead.");
  return i.grad;
}

const Tensor& Tensor::set_grad(const Tensor& g) const {
  if (g.defined()) {
    if (g.impl_ == impl_) throw Error("can't assign Variable as its own grad");
    if (g.dtype() != dtype())
      core::fail<TypeError>("assigned grad has data of a different type: {}, not {}",
                            wick::name(g.dtype()), wick::name(dtype()));
    if (g.device() != device())
      throw TypeError("assigned grad has data located on a different device");
    if (g.shape() != shape())
      core::fail<ShapeError>("assigned grad has data of a different size: {}, not {}", g.shape(),
                             shape());
  }
  impl().grad = g;
  return *this;
}

const Tensor& Tensor::retain_grad() const {
  if (!requires_grad()) throw Error("can't retain_grad on Tensor that has requires_grad=False");
  if (is_leaf()) return *this;
  TensorHooks& hooks = *hooks_of(*this);
  const std::lock_guard lock(hooks.mutex);
  hooks.retained = impl_;
  return *this;
}

bool Tensor::retains_grad() const {
  if (is_leaf()) return false;
  const std::shared_ptr<TensorHooks>& hooks = impl().grad_fn->hooks(impl().output);
  if (!hooks) return false;
  const std::lock_guard lock(hooks->mutex);
  return hooks->retained.lock() == impl_;
}

HookHandle Tensor::register_hook(Callback<Tensor(const Tensor& grad)> hook) const {
  if (!hook) throw ValueError("register_hook expects a function, got an empty one");
  if (!requires_grad())
    throw Error("cannot register a hook on a tensor that doesn't require gradient");
  return add_hook(*this, &TensorHooks::calls, std::move(hook));
}

HookHandle Tensor::register_post_accumulate_grad_hook(Callback<void(const Tensor& x)> hook) const {
  if (!hook)
    throw ValueError("register_post_accumulate_grad_hook expects a function, got an empty one");
  if (!requires_grad())
    throw Error("cannot register a hook on a tensor that doesn't require gradient");
  if (!is_leaf())
    throw Error("post accumulate grad hooks cannot be registered on non-leaf tensors");
  return add_hook(*this, &TensorHooks::after, std::move(hook));
}

Tensor Tensor::detach() const {
  const TensorImpl& i = impl();
  return core::alias(*this, i.shape, i.strides, i.offset);
}

const Tensor& Tensor::detach_() const {
  TensorImpl& i = impl();
  if (i.base && requires_grad())
    throw Error(
        "Can't detach views in-place. Use detach() instead. If you are using "
        "DistributedDataParallel "
        "(DDP) for training, and gradient_as_bucket_view is set as True, gradients are views of "
        "DDP "
        "buckets, and hence detach_() cannot be called on these gradients.");
  i.requires_grad = false;
  i.grad_fn = nullptr;
  i.output = 0;
  return *this;
}

const Tensor& Tensor::set_data(const Tensor& source) const {
  TensorImpl& to = impl();
  const TensorImpl& from = source.impl();
  if (to.grad_fn) throw Error("set_data expects a leaf, but this tensor was computed");
  if (to.requires_grad && !source.is_floating_point())
    throw TypeError(
        "data set to a tensor that requires gradients must be floating point or complex dtype");
  to.storage = from.storage;
  to.shape = from.shape;
  to.strides = from.strides;
  to.offset = from.offset;
  to.numel = from.numel;
  to.dtype = from.dtype;
  to.contiguous = from.contiguous;
  to.base = nullptr;
  to.view_kind = ViewKind::ordinary;
  to.accumulator.reset();
  to.derived.clear();
  return *this;
}

}  // namespace wick
