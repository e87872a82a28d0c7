#include "wick/optim/lbfgs.h"

#include <cmath>

#include "optim/counts.h"
#include "optim/strong_wolfe.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick::optim {
namespace {

LBFGSOptions resolved(LBFGSOptions options) {
  if (options.max_eval < 0 && options.max_iter <= max_count)
    options.max_eval = options.max_iter * 5 / 4;
  return options;
}

double dot_product(const Tensor& a, const Tensor& b) { return dot(a, b).item<double>(); }
double largest(const Tensor& x) { return x.numel() == 0 ? 0 : x.abs().max().item<double>(); }

}  // namespace

LBFGS::LBFGS(std::vector<Tensor> params, LBFGSOptions options)
    : OptimizerOf(std::move(params), resolved(std::move(options))) {
  counts_steps();
}

LBFGS::LBFGS(std::vector<ParamGroup<LBFGSOptions>> groups) : OptimizerOf(std::move(groups)) {
  if (param_group_count() != 1)
    throw ValueError("LBFGS doesn't support per-parameter options (parameter groups)");
  LBFGSOptions& options = param_groups()[0].options;
  options = resolved(options);
  counts_steps();
}

void LBFGS::step() {
  throw TypeError("LBFGS.step() missing 1 required positional argument: 'closure'");
}

/// One call of step().
struct LBFGS::Run {
  Run(const ParamGroup<LBFGSOptions>& group, const Callback<Tensor()>& given, State& where)
      : params(group.params), options(group.options), closure(given), state(where) {}

  const std::vector<Tensor>& params;
  const LBFGSOptions& options;
  const Callback<Tensor()>& closure;
  State& state;
  double loss = 0;
  Tensor grad;  // of all parameters, in one row
  int64_t evaluations = 0;

  std::vector<Tensor> values() const {
    const NoGradGuard guard;
    std::vector<Tensor> copies;
    for (const Tensor& param : params) copies.push_back(param.detach().clone());
    return copies;
  }
  void set(const std::vector<Tensor>& copies) const {
    const NoGradGuard guard;
    for (size_t i = 0; i < params.size(); ++i) params[i].copy_(copies[i]);
  }
  /// Parameters += t direction.
  void move(double t) const {
    const NoGradGuard guard;
    int64_t offset = 0;
    for (const Tensor& param : params) {
      param.add_(state.d.narrow(0, offset, param.numel()).view(param.shape()) * t);
      offset += param.numel();
    }
  }
  Tensor flat_grad() const {
    const NoGradGuard guard;
    std::vector<Tensor> rows;
    for (const Tensor& param : params) {
      const Tensor g = param.grad();
      rows.push_back(g.defined() ? g.detach().reshape({-1})
                                 : zeros({param.numel()}, param.dtype()));
    }
    const Tensor row = cat(rows);
    return options.maximize ? -row : row;
  }
  Tensor evaluate() {
    const EnableGradGuard enabled;  // as PyTorch, wherever step is called
    Tensor result = closure();
    loss = result.detach().item<double>() * (options.maximize ? -1 : 1);
    grad = flat_grad();
    return result;
  }

  void iterate();
  void find_direction();
  void search(double first, double gtd);
};

/// -H g by the two loops over the history.
void LBFGS::Run::find_direction() {
  const NoGradGuard guard;
  if (state.n_iter == 1) {
    state.d = -grad;
    state.old_dirs.clear();
    state.old_stps.clear();
    state.ro.clear();
    state.H_diag = 1;
    return;
  }
  const Tensor y = grad - state.prev_flat_grad;
  const Tensor s = state.d * state.t;
  const double ys = dot_product(y, s);
  if (ys > 1e-10 && options.history_size > 0) {
    if (static_cast<int64_t>(state.ro.size()) >= options.history_size) {
      state.old_dirs.erase(state.old_dirs.begin());
      state.old_stps.erase(state.old_stps.begin());
      state.ro.erase(state.ro.begin());
    }
    state.old_dirs.push_back(y);
    state.old_stps.push_back(s);
    state.ro.push_back(1 / ys);
    state.H_diag = ys / dot_product(y, y);
  }
  const size_t count = state.ro.size();
  std::vector<double> alpha(count);
  const Tensor q = -grad;
  for (size_t i = count; i-- > 0;) {
    alpha[i] = dot_product(state.old_stps[i], q) * state.ro[i];
    q.sub_(state.old_dirs[i] * alpha[i]);
  }
  q.mul_(state.H_diag);
  for (size_t i = 0; i < count; ++i) {
    const double beta = dot_product(state.old_dirs[i], q) * state.ro[i];
    q.add_(state.old_stps[i] * (alpha[i] - beta));
  }
  state.d = q;
}

/// Finds the step size, and loss and gradient there.
void LBFGS::Run::search(double first, double gtd) {
  const std::vector<Tensor> start = values();
  const auto at = [&](double t) {
    move(t);
    evaluate();
    set(start);
    return LinePoint{t, loss, grad, dot_product(grad, state.d)};
  };
  const LinePoint found = strong_wolfe_point(at, {0, loss, grad, gtd}, first, largest(state.d),
                                             options.max_eval - evaluations, evaluations);
  state.t = found.t;
  loss = found.f;
  grad = found.g;
  move(state.t);
}

void LBFGS::Run::iterate() {
  for (int64_t i = 1; i <= options.max_iter; ++i) {
    ++state.n_iter;
    find_direction();
    state.prev_flat_grad = grad;
    state.prev_loss = loss;
    state.t = options.lr;
    if (state.n_iter == 1) state.t *= std::min(1.0, 1 / grad.abs().sum().item<double>());
    const double gtd = dot_product(grad, state.d);
    if (gtd > -options.tolerance_change) return;

    if (!options.line_search_fn.empty()) {
      search(state.t, gtd);
    } else {
      move(state.t);
      // The last iteration's loss would be computed for nothing.
      if (i != options.max_iter) {
        evaluate();
        ++evaluations;
      }
    }
    if (i == options.max_iter || evaluations >= options.max_eval) return;
    if (largest(grad) <= options.tolerance_grad) return;
    if (largest(state.d * state.t) <= options.tolerance_change) return;
    if (std::abs(loss - state.prev_loss) < options.tolerance_change) return;
  }
}

Tensor LBFGS::step(const Callback<Tensor()>& closure) {
  const ParamGroup<LBFGSOptions>& group = param_groups()[0];
  if (group.params.empty()) return closure();
  State next = state_;
  Run run(group, closure, next);
  const std::vector<Tensor> before = run.values();
  try {
    const Tensor first_loss = run.evaluate();
    run.evaluations = 1;
    // Written so that a nan goes on, as in PyTorch.
    if (!(largest(run.grad) <= group.options.tolerance_grad)) run.iterate();
    next.func_evals += run.evaluations;
    state_ = std::move(next);
    stepped();
    return first_loss;
  } catch (...) {
    run.set(before);
    throw;
  }
}

// -- State dicts -------------------------------------------------------------------------------

void LBFGS::save_state(StateDict& state) const {
  State mine = state_;
  if (mine.func_evals == 0) return;
  const std::string prefix = "state.0.";
  const auto set = [&](const Option& option) {
    state.set(prefix + std::string(option.name()), option.to_tensor());
  };
  set({"func_evals", mine.func_evals});
  set({"n_iter", mine.n_iter});
  if (!mine.d.defined()) return;
  set({"t", mine.t});
  set({"ro", mine.ro});
  set({"H_diag", mine.H_diag});
  set({"prev_loss", mine.prev_loss});
  state.set(prefix + "d", mine.d);
  state.set(prefix + "prev_flat_grad", mine.prev_flat_grad);
  for (size_t i = 0; i < mine.ro.size(); ++i) {
    state.set(fmt::format("{}old_dirs.{}", prefix, i), mine.old_dirs[i]);
    state.set(fmt::format("{}old_stps.{}", prefix, i), mine.old_stps[i]);
  }
}

void LBFGS::load_state(StateReader& reader, const std::vector<int64_t>& ids) {
  State loaded;
  const std::string prefix = ids.empty() ? "state.0." : fmt::format("state.{}.", ids[0]);
  if (reader.has(prefix + "func_evals")) {
    reader.read(prefix, {"func_evals", loaded.func_evals});
    reader.read(prefix, {"n_iter", loaded.n_iter});
    check_count(reader, prefix + "func_evals", loaded.func_evals, 0);
    check_count(reader, prefix + "n_iter", loaded.n_iter, 0);
  }
  if (reader.has(prefix + "d")) {
    int64_t numel = 0;
    for (const Tensor& param : parameters()) numel += param.numel();
    const DType dtype = parameters()[0].dtype();
    const auto row = [&](const std::string& name) {
      const Tensor found = reader.tensor(prefix + name, {numel});
      return found.defined() ? found.detach().to(dtype).clone() : found;
    };
    reader.read(prefix, {"t", loaded.t});
    reader.read(prefix, {"H_diag", loaded.H_diag});
    reader.read(prefix, {"prev_loss", loaded.prev_loss});
    loaded.ro = reader.numbers(prefix + "ro");
    loaded.d = row("d");
    loaded.prev_flat_grad = row("prev_flat_grad");
    for (size_t i = 0; i < loaded.ro.size(); ++i) {
      loaded.old_dirs.push_back(row(fmt::format("old_dirs.{}", i)));
      loaded.old_stps.push_back(row(fmt::format("old_stps.{}", i)));
    }
  }
  reader.then([this, loaded] { state_ = loaded; });
}

}  // namespace wick::optim
