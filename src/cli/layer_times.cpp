#include "cli/layer_times.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

namespace wick::cli {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The time of one layer in each run; it may be called several times in a run.
struct Watch {
  std::string name;
  Clock::time_point start = {};
  double now = 0;  // in the run that goes on
  std::vector<double> runs = {};
};

/// Hooks on the layers that have none inside, while it lives.
class Watches {
 public:
  explicit Watches(nn::ModuleBase& model) {
    for (const auto& [name, layer] : model.named_modules()) {
      if (!layer->named_children().empty()) continue;
      auto watch = std::make_shared<Watch>(Watch{name});
      hooks_.push_back(layer->register_call_pre_hook(
          [watch](const nn::ModuleBase&, nn::TensorRefs) { watch->start = Clock::now(); }));
      hooks_.push_back(
          layer->register_call_hook([watch](const nn::ModuleBase&, nn::TensorRefs, nn::TensorRefs) {
            watch->now += since(watch->start);
          }));
      watches_.push_back(std::move(watch));
    }
  }
  ~Watches() {
    for (nn::HookHandle& hook : hooks_) hook.remove();
  }
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  void end_run() {
    for (const auto& watch : watches_) {
      watch->runs.push_back(watch->now);
      watch->now = 0;
    }
  }
  std::map<std::string, double> medians() const {
    std::map<std::string, double> result;
    for (const auto& watch : watches_) result[watch->name] = median(watch->runs);
    return result;
  }

 private:
  std::vector<std::shared_ptr<Watch>> watches_;
  std::vector<nn::HookHandle> hooks_;
};

/// As many runs as fit into a second with `seconds` each.
int64_t fitting_runs(double seconds) {
  constexpr double fewest = 3, most = 1000, patience = 1;
  return static_cast<int64_t>(std::clamp(patience / std::max(seconds, 1e-9), fewest, most));
}

}  // namespace

LayerTimes measure(nn::ModuleBase& model, const Tensor& x, int64_t repeats) {
  model(x);  // packs weights, starts threads
  const auto first = Clock::now();
  model(x);
  LayerTimes times;
  times.repeats = repeats > 0 ? repeats : fitting_runs(since(first));

  std::vector<double> totals;
  for (int64_t i = 0; i < times.repeats; ++i) {
    const auto start = Clock::now();
    model(x);
    totals.push_back(since(start));
  }
  times.total = median(totals);

  Watches watches(model);
  for (int64_t i = 0; i < times.repeats; ++i) {
    model(x);
    watches.end_run();
  }
  times.layers = watches.medians();
  return times;
}

}  // namespace wick::cli
