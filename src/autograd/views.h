// Views, and what writing in place means for the histories of views and of what they are views of.
#pragma once

#include <memory>

#include "core/tensor_impl.h"

namespace wick::autograd {

/// core::alias, as a view of x; the caller records it.
Tensor make_view(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset,
                 ViewKind kind = ViewKind::ordinary);

/// Before an in-place write: throws if x is a leaf that requires grad, or if elements overlap.
void check_writable(const Tensor& x);

/// Brings a view's history up to date with what was written through its base or other views.
void refresh(const TensorImpl& x);

/// Lets result number `output` of `node` be what made x from now on; what was made of x keeps what
/// it was.
void set_history(TensorImpl& x, std::shared_ptr<Node> node);

/// The history of x's base after a write to x, a view, which `write` is the node of.
/// `first_is_x`: the first edge leads to what x was before.
void rebase(TensorImpl& x, const std::shared_ptr<Node>& write, bool first_is_x);

}  // namespace wick::autograd
