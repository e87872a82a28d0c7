#include "autograd/views.h"

#include "autograd/node.h"
#include "core/check.h"
#include "core/layout.h"
#include "core/striped_mutex.h"

namespace wick {
namespace autograd {
namespace {

/// x's elements seen as `view` sees those of `base`: for a contiguous tensor that stands for base.
Tensor region(const Tensor& x, const TensorImpl& view, const TensorImpl& base) {
  return x.as_strided(view.shape, view.strides, view.offset - base.offset);
}

/// A copy of g, which has base's shape, laid out so that `region` finds its way.
Tensor laid_out(const Tensor& g, const TensorImpl& base) {
  const core::Extent reach = core::extent(base.shape, base.strides);
  const Tensor flat = core::make({reach.high + 1}, g.dtype(), g.device()).zero_();
  const Tensor copy = flat.as_strided(base.shape, base.strides, 0);
  copy.copy_(g);
  return copy;
}

/// What a view looked like when it was written to.
struct Geometry {
  Geometry(const TensorImpl& part, const TensorImpl& whole) {
    for (const auto& [to, from] : {std::pair(&view, &part), std::pair(&base, &whole)}) {
      to->shape = from->shape;
      to->strides = from->strides;
      to->offset = from->offset;
    }
  }
  TensorImpl view, base;

  Tensor part(const Tensor& whole) const { return region(whole, view, base); }
};

/// The derivative of a write to a view, seen from the base: inside of the view, the gradient of the
/// base is that of what was written, whose arguments get theirs from there; outside, it passes.
/// The base's old value is argument 0, the write's own follow.
detail::JointDerivative derivative_of(const std::shared_ptr<Node>& write, bool first_is_view,
                                      std::shared_ptr<const Geometry> geometry) {
  return detail::JointDerivative(
      [write, first_is_view, geometry](const Tensor& g, const std::vector<bool>& wanted) {
        std::vector<Tensor> result(wanted.size());
        Tensor whole = laid_out(g, geometry->base);
        const Tensor part = geometry->part(whole);
        const Tensor written = part.clone();
        Tensor before;
        for (size_t i = 0; i < write->edges.size(); ++i) {
          const bool is_view = i == 0 && first_is_view;
          if (!wanted[is_view ? 0 : i + 1]) continue;
          Tensor& to = is_view ? before : result[i + 1];
          to = write->derivative(write->edges[i], written);
        }
        if (!wanted[0]) return result;
        if (before.defined())
          part.copy_(before);
        else
          part.zero_();
        result[0] = std::move(whole);
        return result;
      });
}

/// The node of a write to `view`, for its base.
std::shared_ptr<Node> copy_slices(const std::shared_ptr<Node>& write, bool first_is_view,
                                  const TensorImpl& view, const std::shared_ptr<TensorImpl>& base) {
  std::shared_ptr<Node> node = make_node("CopySlices");
  node->inner = write;
  node->place = write->place;
  node->has_nan = write->has_nan;
  node->made_nan = write->made_nan;
  const Tensor before(base);
  if (before.requires_grad()) node->edges.push_back(edge_to(before, 0));
  for (size_t i = first_is_view ? 1 : 0; i < write->edges.size(); ++i) {
    const Edge& edge = write->edges[i];
    node->edges.push_back(
        {edge.node, edge.output, static_cast<uint32_t>(i + 1), edge.shape, edge.dtype, {}});
  }
  node->joint = std::make_unique<Joint>();
  node->joint->derivative =
      derivative_of(write, first_is_view, std::make_shared<const Geometry>(view, *base));
  node->joint->arguments = write->edges.size() + 1;
  return node;
}

/// Before `node` becomes what made x: retain_grad stays with the tensor, hooks stay with the value
/// that they were put on.
void move_retained(const TensorImpl& x, Node& node) {
  if (!x.grad_fn || !x.grad_fn->hooks(x.output)) return;
  auto& retained = x.grad_fn->hooks(x.output)->retained;
  if (retained.lock().get() != &x) return;
  std::shared_ptr<TensorHooks>& hooks = node.hooks(0);
  if (!hooks) hooks = std::make_shared<TensorHooks>();
  hooks->retained = retained;
  retained.reset();
}

}  // namespace

void set_history(TensorImpl& x, std::shared_ptr<Node> node) {
  move_retained(x, *node);
  x.requires_grad = true;
  x.grad_fn = std::move(node);
  x.output = 0;
  ++x.epoch;
}

void rebase(TensorImpl& x, const std::shared_ptr<Node>& write, bool first_is_x) {
  set_history(*x.base, copy_slices(write, first_is_x, x, x.base));
  refresh(x);
}

void refresh(const TensorImpl& x) {
  const auto is_current = [&] {
    return x.base_epoch.load(std::memory_order_acquire) ==
           x.base->epoch.load(std::memory_order_acquire);
  };
  if (!x.base || is_current()) return;
  if (core::inference_mode()) return;       // nothing is recorded now: left for when it is
  auto& view = const_cast<TensorImpl&>(x);  // what is cached, is brought up to date
  struct Views : core::StripedMutex {};
  const std::lock_guard lock(kernels::one_for_all<Views>().of(&x));
  const uint64_t epoch = view.base->epoch;
  if (is_current()) return;
  const EnableGradGuard guard;
  const Tensor again = Tensor(view.base).as_strided(view.shape, view.strides, view.offset);
  if (again.impl().grad_fn) move_retained(view, *again.impl().grad_fn);
  view.requires_grad = again.impl().requires_grad;
  view.grad_fn = again.impl().grad_fn;
  view.output = again.impl().output;
  view.base_epoch = epoch;
}

Tensor make_view(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset,
                 ViewKind kind) {
  Tensor result = core::alias(x, shape, strides, offset);
  TensorImpl& view = result.impl();
  const std::shared_ptr<TensorImpl>& base = x.impl().base;
  view.base = base ? base : x.shared_impl();
  view.base_epoch = view.base->epoch.load();
  if (!is_grad_enabled())
    view.view_kind = ViewKind::without_grad;
  else
    view.view_kind = kind == ViewKind::ordinary ? x.impl().view_kind : kind;
  return result;
}

namespace {

/// Where gradients are recorded, and x or its base requires one.
void check_view_writable(const Tensor& x, const TensorImpl& base) {
  const TensorImpl& i = x.impl();
  if (i.view_kind == ViewKind::without_grad && base.requires_grad)
    throw Error(
        "A view was created in no_grad mode and is being modified inplace with grad mode enabled. "
        "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
        "your code by moving both the view and the inplace either both inside the no_grad block "
        "(if you don't want the inplace to be tracked) or both outside (if you want the inplace to "
        "be tracked).");
  if (i.view_kind == ViewKind::one_of_many && i.grad_fn)
    core::fail<Error>(
        "Output {} of {} is a view and is being modified inplace. This view is the output of a "
        "function that returns multiple views. Such functions do not allow the output views to be "
        "modified inplace. You should replace the inplace operation by an out-of-place one.",
        i.output, i.grad_fn->name.substr(0, i.grad_fn->name.rfind("Backward")));
  if (!base.grad_fn)
    throw Error(
        "a view of a leaf Variable that requires grad is being used in an in-place operation.");
}

}  // namespace

void check_writable(const Tensor& x) {
  const TensorImpl& i = x.impl();
  if (i.inference && !core::inference_mode())
    throw Error(
        "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a "
        "clone to get a normal tensor before doing inplace update.See "
        "https://github.com/pytorch/rfcs/pull/17 for more details.");
  if (is_grad_enabled()) {
    const TensorImpl* base = i.base.get();
    if (base && (x.requires_grad() || base->requires_grad)) check_view_writable(x, *base);
    if (!base && i.requires_grad && !i.grad_fn)
      throw Error("a leaf Variable that requires grad is being used in an in-place operation.");
  }
  if (core::has_overlap(i.shape, i.strides))
    throw Error(
        "unsupported operation: more than one element of the written-to tensor refers to a "
        "single memory location. Please clone() the tensor before performing the "
        "operation.");
}

}  // namespace autograd
}  // namespace wick
