/// \file
/// L-BFGS.
#pragma once

#include <optional>

#include "wick/optim/optimizer.h"

namespace wick::optim {

/// Options of LBFGS.
struct LBFGSOptions {
  double lr = 1;                    ///< step size, or the first one that the line search tries
  int64_t max_iter = 20;            ///< iterations in one step()
  int64_t max_eval = -1;            ///< calls of the closure in one step(); -1 for max_iter * 5 / 4
  double tolerance_grad = 1e-7;     ///< ends a step when no entry of the gradient is larger
  double tolerance_change = 1e-9;   ///< ends a step when loss or parameters change less
  int64_t history_size = 100;       ///< how many differences of gradients are kept
  std::string line_search_fn = {};  ///< "strong_wolfe", or "" for steps of fixed size
  bool maximize = false;            ///< ascend instead of descend
  WICK_OPTIONS(
      option(lr).follows(rules::learning_rate),
      option(max_iter).between(0, 0x1p53).says("Invalid max_iter value: {}"), max_eval,
      option(tolerance_grad).finite().says("Invalid tolerance_grad value: {}"),
      option(tolerance_change).finite().says("Invalid tolerance_change value: {}"),
      option(history_size).at_least(0).says("Invalid history_size value: {}"),
      option(line_search_fn).one_of("", "strong_wolfe").says("only 'strong_wolfe' is supported"),
      maximize)
};

/// Limited-memory BFGS: moves along -H g, where the inverse Hessian H is estimated from the last
/// differences of gradients (https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html;
/// Nocedal and Wright, Numerical Optimization, algorithm 7.5; line search with the strong Wolfe
/// conditions: algorithms 3.5 and 3.6 with minFunc's cubic interpolation). All parameters form one
/// group; those without a gradient count as having a gradient of 0.
///
///     optim::LBFGS lbfgs(model.parameters(), {.line_search_fn = "strong_wolfe"});
///     lbfgs.step([&] {
///       lbfgs.zero_grad();
///       Tensor loss = nn::functional::mse_loss(model(x), y);
///       loss.backward();
///       return loss;
///     });
class WICK_API LBFGS : public OptimizerOf<LBFGSOptions> {
 public:
  /// Throws ValueError for more than one group, and as the other optimizers do.
  explicit LBFGS(std::vector<Tensor> params, LBFGSOptions options = {});
  explicit LBFGS(std::vector<ParamGroup<LBFGSOptions>> groups);
  void add_param_group(ParamGroup<LBFGSOptions> group) = delete;

  std::string_view type_name() const override { return "LBFGS"; }
  /// Up to max_iter iterations, with as many calls of `closure`, which has to clear the gradients,
  /// compute them anew and return the loss; returns the first loss. If the closure throws, the
  /// parameters are what they were before the step.
  Tensor step(const Callback<Tensor()>& closure) override;
  /// Throws TypeError: LBFGS needs the closure.
  void step() override;

 protected:
  void save_state(StateDict& state) const override;
  void load_state(StateReader& reader, const std::vector<int64_t>& ids) override;

 private:
  struct Run;
  /// What one step leaves for the next.
  struct State {
    int64_t func_evals = 0;
    int64_t n_iter = 0;
    Tensor d;                      // direction
    double t = 0;                  // step size
    std::vector<Tensor> old_dirs;  // differences of gradients
    std::vector<Tensor> old_stps;  // differences of parameters
    std::vector<double> ro;        // 1 / (old_dir . old_stp)
    double H_diag = 1;
    Tensor prev_flat_grad;
    double prev_loss = 0;
  };
  State state_;
};

}  // namespace wick::optim
