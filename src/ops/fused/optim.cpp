// fused_update_: checks, memory and threads around kernels/optim/optim.h.
#include "wick/fused/optim.h"
#include "autograd/views.h"

#include <algorithm>
#include <span>

#include "compute/primitive.h"
#include "core/check.h"
#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/threads.h"
#include "kernels/optim/optim.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

/// Whether `rule` reads state k: 0 never, 1 if it is there, 2 always.
int needs(const FusedUpdate& update, size_t k) {
  const bool momentum = update.numbers.momentum != 0;
  switch (update.rule) {
    case UpdateRule::sgd:
      return k == 0 && momentum ? 2 : 0;
    case UpdateRule::adam:
      return k == 2 ? 1 : 2;
    case UpdateRule::rmsprop:
      return k == 0 ? 2 : k == 2 ? 1 : momentum ? 2 : 0;
    case UpdateRule::adagrad:
      return k == 0 ? 2 : 0;
    default:
      return k < 2 ? 2 : 0;
  }
}

void check_fits(const char* what, const Tensor& x, const Tensor& param) {
  if (x.shape() != param.shape())
    core::fail<ShapeError>("the {} has shape {}, but its parameter has shape {}", what, x.shape(),
                           param.shape());
  if (x.device() != param.device())
    core::fail<TypeError>(
        "Expected all tensors to be on the same device, but found at least two devices, {} and {}!",
        x.device(), param.device());
}

/// True if both show the very same elements, which core::overlaps does not count. For tensors of
/// one shape and dtype.
bool is_same_view(const Tensor& a, const Tensor& b) {
  return a.is_same(b) || (!a.is_meta() && a.numel() > 0 && core::bytes(a) == core::bytes(b));
}

void check(const FusedUpdate& update) {
  if (!update.param.defined() || !update.grad.defined())
    throw ValueError("fused_update_ needs a parameter and its gradient, but got an undefined one");
  if (!update.param.is_floating_point())
    core::fail<TypeError>("an optimizer can only change floating point parameters, but got {}",
                          update.param.dtype());
  autograd::check_writable(update.param);
  check_fits("gradient", update.grad, update.param);
  for (size_t k = 0; k < update.state.size(); ++k) {
    const Tensor& state = update.state[k];
    const int need = needs(update, k);
    if (!state.defined()) {
      if (need == 2)
        core::fail<ValueError>("the update rule needs state {}, which is undefined", k);
    } else if (need != 0) {
      autograd::check_writable(state);
      check_fits("state of an optimizer", state, update.param);
      if (state.dtype() != update.param.dtype())
        core::fail<TypeError>("the state of an optimizer is {}, but its parameter is {}",
                              state.dtype(), update.param.dtype());
      if (core::overlaps(update.param, state) || is_same_view(update.param, state))
        throw ValueError("the state of an optimizer must not share memory with its parameter");
    }
  }
}

/// An update with all its tensors contiguous and of one dtype: copies, where they are not.
struct Prepared {
  explicit Prepared(const FusedUpdate& given) : update(&given), param(given.param.contiguous()) {
    grad = given.grad.to(given.param.dtype()).contiguous();
    if (core::overlaps(given.param, grad)) grad = grad.clone();
    for (size_t k = 0; k < state.size(); ++k)
      if (given.state[k].defined() && needs(given, k) != 0) state[k] = given.state[k].contiguous();
  }

  /// Elements [begin, end).
  void run(int64_t begin, int64_t end) const {
    core::dispatch_floating("fused_update_", param.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const auto at = [&](const Tensor& x) {
        return x.defined() ? reinterpret_cast<T*>(core::bytes(x)) + begin : nullptr;
      };
      kernels::update<T>(update->rule, update->numbers,
                         {at(param), at(grad), {at(state[0]), at(state[1]), at(state[2])}},
                         end - begin);
    });
  }

  void finish() const {
    written(param, update->param);
    for (size_t k = 0; k < state.size(); ++k)
      if (state[k].defined()) written(state[k], update->state[k]);
  }

  static void written(const Tensor& result, const Tensor& target) {
    if (core::bytes(result) == core::bytes(target))
      core::wrote(target);
    else
      target.copy_(result);
  }

  const FusedUpdate* update;
  Tensor param;
  Tensor grad;
  std::array<Tensor, 3> state;
};

/// Updates of which none writes what another one reads or writes: all elements are one range, cut
/// into parts of equal size.
void run(std::span<const FusedUpdate* const> updates) {
  std::vector<Prepared> all;
  std::vector<int64_t> ends;
  int64_t total = 0;
  all.reserve(updates.size());
  for (const FusedUpdate* update : updates) {
    all.emplace_back(*update);
    total += update->param.numel();
    ends.push_back(total);
  }
  core::parallel_for(total, core::pointwise_grain, [&](int64_t begin, int64_t end) {
    auto i = static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), begin) - ends.begin());
    while (begin < end) {
      const int64_t start = i == 0 ? 0 : ends[i - 1];
      const int64_t stop = std::min(end, ends[i]);
      if (stop > begin) all[i].run(begin - start, stop - start);
      begin = stop;
      ++i;
    }
  });
  for (const Prepared& prepared : all) prepared.finish();
}

/// The bytes of memory that a tensor lies in.
struct Range {
  intptr_t begin;
  intptr_t end;
  size_t update;
  bool written;
};

void add_range(std::vector<Range>& ranges, const Tensor& x, size_t update, bool is_written) {
  const core::Extent reach = core::extent(x.shape(), x.strides());
  const auto size = static_cast<int64_t>(element_size(x.dtype()));
  const auto first = reinterpret_cast<intptr_t>(core::bytes(x));
  ranges.push_back({first + reach.low * size, first + (reach.high + 1) * size, update, is_written});
}

/// True if one update may write what another one reads or writes.
bool depend(std::span<const FusedUpdate* const> updates) {
  std::vector<Range> ranges;
  for (size_t i = 0; i < updates.size(); ++i) {
    add_range(ranges, updates[i]->param, i, true);
    add_range(ranges, updates[i]->grad, i, false);
    for (const Tensor& state : updates[i]->state)
      if (state.defined()) add_range(ranges, state, i, true);
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (size_t i = 0; i < ranges.size(); ++i)
    for (size_t j = i + 1; j < ranges.size() && ranges[j].begin < ranges[i].end; ++j)
      if (ranges[i].update != ranges[j].update && (ranges[i].written || ranges[j].written))
        return true;
  return false;
}

}  // namespace

void fused_update_(const std::vector<FusedUpdate>& updates) {
  std::vector<const FusedUpdate*> work;
  for (const FusedUpdate& update : updates) {
    check(update);
    if (update.param.is_meta() && compute::is_tracing())
      throw Error("fused_update_(): the step of an optimizer cannot be traced");
    if (!update.param.is_meta() && update.param.numel() > 0) work.push_back(&update);
  }
  const NoGradGuard guard;
  if (!depend(work)) return run(work);
  for (const FusedUpdate*& update : work) run({&update, 1});
}

}  // namespace wick
