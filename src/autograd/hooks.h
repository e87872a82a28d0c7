// What hooks do with a gradient.
#pragma once

#include "autograd/node.h"

namespace wick::autograd {

/// Hands a gradient to those who asked for it, and takes what they make of it.
void call_hooks(TensorHooks& hooks, Tensor& gradient);
/// After `leaf` got its grad().
void call_after_hooks(TensorHooks& hooks, const Tensor& leaf);
/// A copy of `gradient`, recorded where gradients are, for the grad() of x.
Tensor copy_for(const TensorImpl& x, const Tensor& gradient);
/// How the gradient of x lies in memory: as x, where x has no gaps.
Strides grad_strides(const TensorImpl& x);

}  // namespace wick::autograd
