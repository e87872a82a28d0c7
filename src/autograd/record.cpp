// How operations enter the graph, in place or not, and what that means for views.
#include <atomic>

#include "autograd/node.h"
#include "core/check.h"
#include "core/layout.h"
#include "core/striped_mutex.h"
#include "wick/ops.h"

namespace wick {
namespace autograd {
namespace {

std::atomic<std::string (*)()> place_provider{nullptr};

/// Notes where the op was called and whether nan first appeared in its result.
void note_anomaly(Node& node, const Tensor& output, bool argument_has_nan) {
  if (const auto provider = place_provider.load()) node.place = provider();
  node.has_nan = has_nan(output);
  node.made_nan = node.has_nan && !argument_has_nan;
}

/// x's elements seen as `view` sees those of `base`: for a contiguous tensor that stands for base.
Tensor region(const Tensor& x, const TensorImpl& view, const TensorImpl& base) {
  return as_strided(x, view.shape, view.strides, view.offset - base.offset);
}

/// A copy of g, which has base's shape, laid out so that `region` finds its way.
Tensor laid_out(const Tensor& g, const TensorImpl& base) {
  const core::Extent reach = core::extent(base.shape, base.strides);
  Tensor flat = zeros({reach.high + 1}, {.dtype = g.dtype(), .device = g.device()});
  Tensor copy = as_strided(flat, base.shape, base.strides, 0);
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
};

}  // namespace

struct detail::Recorder::State {
  std::shared_ptr<Node> node;
  int arguments = 0;
  bool first_has_nan = false, other_has_nan = false;

  void note(const Tensor& input) {
    bool& noted = arguments++ == 0 ? first_has_nan : other_has_nan;
    if (is_anomaly_enabled() && input.defined()) noted = noted || has_nan(input);
  }
};

detail::Recorder::Recorder(std::string_view name) : state_(std::make_unique<State>()) {
  state_->node = make_node(name);
}
detail::Recorder::~Recorder() = default;

void detail::Recorder::skip(const Tensor& input) { state_->note(input); }

void detail::Recorder::add(const Tensor& input, Derivative derivative) {
  state_->note(input);
  state_->node->edges.push_back(
      {node_of(input), input.shape(), input.dtype(), std::move(derivative)});
}

bool detail::is_recorded(const Tensor& x) {
  return is_grad_enabled() && !core::inference_mode() && x.defined() && x.requires_grad();
}

namespace {

bool takes_result(const Node& node) {
  for (const Edge& edge : node.edges)
    if (edge.derivative.takes_result) return true;
  return false;
}

void keep_result(Node& node, const Tensor& output) {
  if (!takes_result(node)) return;
  node.result = output.detach();
  node.result_version = output.version();
}

}  // namespace

Tensor detail::Recorder::finish(Tensor output) {
  if (!output.is_floating_point()) return output;
  // The result may be an argument itself, which keeps its own history.
  if (output.impl().requires_grad || output.impl().grad_fn) output = output.detach();
  keep_result(*state_->node, output);
  if (is_anomaly_enabled())
    note_anomaly(*state_->node, output, state_->first_has_nan || state_->other_has_nan);
  output.impl().requires_grad = true;
  output.impl().grad_fn = std::move(state_->node);
  return output;
}

namespace {

/// The node of a write to `view`, seen from the base: it changes the gradient of the base's old
/// value where the view is, and takes those of the other arguments from there.
std::shared_ptr<Node> copy_slices(const std::shared_ptr<Node>& write, bool first_is_view,
                                  const TensorImpl& view, const std::shared_ptr<TensorImpl>& base) {
  const auto geometry = std::make_shared<Geometry>(view, *base);
  std::shared_ptr<Node> node = make_node("CopySlices");
  node->inner = write;
  const auto region_of = [geometry](const Tensor& g) {
    return region(laid_out(g, geometry->base), geometry->view, geometry->base);
  };
  const std::shared_ptr<Node> before = node_of(Tensor(base));
  if (before) {
    node->edges.push_back({before, base->shape, base->dtype,
                           detail::Derivative([geometry, write, first_is_view](const Tensor& g) {
                             Tensor whole = laid_out(g, geometry->base);
                             const Tensor part = region(whole, geometry->view, geometry->base);
                             Tensor inner;
                             if (first_is_view)
                               inner = write->derivative(write->edges[0], part.clone());
                             if (inner.defined())
                               part.copy_(inner);
                             else
                               part.zero_();
                             return whole;
                           })});
  }
  for (size_t i = first_is_view ? 1 : 0; i < write->edges.size(); ++i) {
    const Edge& edge = write->edges[i];
    node->edges.push_back({edge.node, edge.shape, edge.dtype,
                           detail::Derivative([write, i, region_of](const Tensor& g) {
                             return write->derivative(write->edges[i], region_of(g));
                           })});
  }
  return node;
}

/// Before `node` becomes what made x: retain_grad stays with the tensor, hooks stay with the value
/// that they were put on.
void move_retained(const TensorImpl& x, Node& node) {
  if (!x.grad_fn || !x.grad_fn->hooks) return;
  auto& retained = x.grad_fn->hooks->retained;
  if (retained.lock().get() != &x) return;
  if (!node.hooks) node.hooks = std::make_shared<TensorHooks>();
  node.hooks->retained = retained;
  retained.reset();
}

/// Lets `node` be what made x from now on.
void set_history(TensorImpl& x, std::shared_ptr<Node> node) {
  move_retained(x, *node);
  x.requires_grad = true;
  x.grad_fn = std::move(node);
  ++x.epoch;
}

}  // namespace

void detail::Recorder::finish_in_place(const Tensor& x, bool first_is_x) {
  if (!x.is_floating_point()) return;
  std::shared_ptr<Node> node = std::move(state_->node);
  keep_result(*node, x);
  // x is what it has become; what it was before, its node knows.
  if (is_anomaly_enabled())
    note_anomaly(*node, x, state_->other_has_nan || (first_is_x && node->edges[0].node->has_nan));
  TensorImpl& impl = x.impl();
  if (!impl.base) return set_history(impl, std::move(node));
  const std::shared_ptr<Node> whole = copy_slices(node, first_is_x, impl, impl.base);
  whole->place = node->place;
  whole->has_nan = node->has_nan;
  whole->made_nan = node->made_nan;
  set_history(*impl.base, whole);
  refresh(impl);
}

void detail::set_place_provider(std::string (*provider)()) { place_provider = provider; }

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
  const Tensor again = as_strided(Tensor(view.base), view.shape, view.strides, view.offset);
  if (again.impl().grad_fn) move_retained(view, *again.impl().grad_fn);
  view.requires_grad = again.impl().requires_grad;
  view.grad_fn = again.impl().grad_fn;
  view.base_epoch = epoch;
}

Tensor record(std::string_view name, Tensor output, std::initializer_list<Tensor> inputs) {
  bool any = false;
  for (const Tensor& x : inputs) any = any || detail::is_recorded(x);
  if (!any) return output;
  detail::Recorder recorder(name);
  const std::string op(name);
  for (const Tensor& x : inputs)
    detail::add(recorder, wrt(x, [op](const Tensor&) -> Tensor {
                  core::fail<Error>("derivative for {} is not implemented", op);
                }));
  return recorder.finish(std::move(output));
}

std::vector<Tensor> leaves(const Tensor& output) {
  std::vector<Tensor> result;
  if (!output.requires_grad()) return result;
  for_each_node(*node_of(output), [&](const Node& node) {
    if (node.leaf.defined()) result.push_back(node.leaf);
  });
  return result;
}

}  // namespace autograd

namespace core {

Tensor make_view(const Tensor& x, const Shape& shape, const Strides& strides, int64_t offset) {
  Tensor result = alias(x, shape, strides, offset);
  TensorImpl& view = result.impl();
  const std::shared_ptr<TensorImpl>& base = x.impl().base;
  view.base = base ? base : x.shared_impl();
  view.base_epoch = view.base->epoch.load();
  view.view_without_grad = !is_grad_enabled() || x.impl().view_without_grad;
  return result;
}

void check_writable(const Tensor& x) {
  const TensorImpl& i = x.impl();
  if (i.inference && !inference_mode())
    throw Error(
        "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a "
        "clone to get a normal tensor before doing inplace update.See "
        "https://github.com/pytorch/rfcs/pull/17 for more details.");
  if (is_grad_enabled()) {
    const TensorImpl* base = i.base.get();
    if (base && (x.requires_grad() || base->requires_grad)) {
      if (i.view_without_grad && base->requires_grad)
        throw Error(
            "A view was created in no_grad mode and is being modified inplace with grad mode "
            "enabled. Given that this use case is ambiguous and error-prone, it is forbidden. You "
            "can clarify your code by moving both the view and the inplace either both inside the "
            "no_grad block (if you don't want the inplace to be tracked) or both outside (if you "
            "want the inplace to be tracked).");
      if (!base->grad_fn)
        throw Error(
            "a view of a leaf Variable that requires grad is being used in an in-place "
            "operation.");
    }
    if (!base && i.requires_grad && !i.grad_fn)
      throw Error("a leaf Variable that requires grad is being used in an in-place operation.");
  }
  if (has_overlap(i.shape, i.strides))
    throw Error(
        "unsupported operation: more than one element of the written-to tensor refers to a "
        "single memory location. Please clone() the tensor before performing the "
        "operation.");
}

void wrote(const Tensor& x) { x.impl().storage->bump(); }

}  // namespace core
}  // namespace wick
