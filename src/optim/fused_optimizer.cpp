// Optimizers whose step is an update rule.
#include <fmt/format.h>

#include <algorithm>

#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/optim/optimizer.h"

namespace wick::optim {

void FusedOptimizer::need(ParamState& state, size_t k, const Tensor& param, double value) {
  Tensor& average = state.averages[k];
  if (!average.defined())
    average = full_like(param, value);
  else if (average.dtype() != param.dtype())
    average = average.to(param.dtype());  // the model was converted since
}

void FusedOptimizer::step() {
  const NoGradGuard guard;
  // Kept apart until all is well: an error leaves the states, and what they count, as they were.
  std::vector<ParamState> next = states_;
  next.resize(slots().size());
  std::vector<FusedUpdate> updates;
  size_t index = 0;
  for (size_t group = 0; group < param_group_count(); ++group)
    for (const Tensor& param : group_params(group)) {
      ParamState& state = next[slots()[index++]];
      const Tensor grad = param.grad();
      if (!grad.defined()) continue;
      ++state.step;
      FusedUpdate& update = updates.emplace_back();
      update.param = param;
      update.grad = grad;
      plan(group, state, update);
      update.state = state.averages;
    }
  fused_update_(updates);
  states_ = std::move(next);
  stepped();
}

namespace {
std::string state_prefix(int64_t id) { return fmt::format("state.{}.", id); }
}  // namespace

void FusedOptimizer::save_state(StateDict& state) const {
  const StateNames names = state_names();
  for (size_t i = 0; i < states_.size(); ++i) {
    ParamState mine = states_[i];
    if (mine.step == 0) continue;
    const std::string prefix = state_prefix(static_cast<int64_t>(i));
    if (names.step) state.set(prefix + "step", Option("", mine.step).to_tensor());
    if (names.mu_product) state.set(prefix + "mu_product", Option("", mine.mu_product).to_tensor());
    for (size_t k = 0; k < mine.averages.size(); ++k)
      if (mine.averages[k].defined())
        state.set(prefix + std::string(names.averages[k]), mine.averages[k]);
  }
}

void FusedOptimizer::load_state(StateReader& reader, const std::vector<int64_t>& ids) {
  const StateNames names = state_names();
  const std::vector<Tensor> params = parameters();
  std::vector<ParamState> loaded(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    if (slots()[i] != i) continue;
    const std::string prefix = state_prefix(ids[i]);
    bool any = names.step && reader.has(prefix + "step");
    for (const std::string_view name : names.averages)
      any = any || (!name.empty() && reader.has(prefix + std::string(name)));
    if (!any) continue;
    ParamState& state = loaded[i];
    state.step = 1;
    if (names.step) {
      reader.read(prefix, {"step", state.step});
      if (state.step < 1) reader.fail(fmt::format("{}step is {}.", prefix, state.step));
    }
    if (names.mu_product) reader.read(prefix, {"mu_product", state.mu_product});
    for (size_t k = 0; k < names.averages.size(); ++k) {
      if (names.averages[k].empty()) continue;
      const Tensor found = reader.tensor(prefix + std::string(names.averages[k]), params[i].shape(),
                                         k >= names.always);
      if (!found.defined()) continue;
      // Laid out as the parameter is; a copy, since steps write into it.
      state.averages[k] = params[i].detach().empty_like();
      state.averages[k].copy_(found.detach());
    }
  }
  reader.then([this, loaded] { states_ = loaded; });
}

}  // namespace wick::optim
