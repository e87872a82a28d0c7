// Every call of every module goes through here.
#include <optional>

#include "nn/backward_hooks.h"
#include "nn/call_observer.h"
#include "nn/call_path.h"
#include "nn/first_pass.h"
#include "nn/hooks.h"
#include "nn/nesting.h"
#include "nn/ties.h"
#include "wick/autograd.h"
#include "wick/format.h"

namespace wick::nn {
namespace {

thread_local int64_t call_depth = 0;

/// The modules whose calls are in progress; kept under anomaly detection only.
thread_local std::vector<const ModuleBase*> calls;

/// "encoder.linear1 (Linear(512 -> 2048))" for the innermost of `calls`.
std::string call_path() {
  std::string path;
  for (size_t i = 1; i < calls.size(); ++i) {
    const std::string name = path_to(*calls[i], *calls[i - 1]);
    if (!name.empty()) path += path.empty() ? name : "." + name;
  }
  if (calls.empty()) return path;
  const std::string who = describe(*calls.back());
  return path.empty() ? who : fmt::format("{} ({})", path, who);
}

struct CallScope {
  explicit CallScope(const ModuleBase& module)
      : nested_(call_depth), noted_(autograd::is_anomaly_enabled()) {
    if (!noted_) return;
    autograd::detail::set_place_provider(call_path);
    calls.push_back(&module);
  }
  ~CallScope() {
    if (noted_) calls.pop_back();
  }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  NestingScope nested_;
  bool noted_;
};

}  // namespace

/// With what looks at the call: hooks and an observer.
void ModuleBase::run_watched(detail::Call& call) const {
  CallObserver* observer = CallObserver::current();
  std::vector<Tensor*> inputs, outputs;
  call.list_inputs(inputs);
  if (observer) observer->enter(*this, TensorRefs(inputs));
  const Hooks hooks = hooks_ ? *hooks_ : Hooks();  // a hook may add or remove hooks
  for (const auto& [id, hook] : hooks.before) hook(*this, TensorRefs(inputs));
  std::optional<BackwardHooks> backward;
  if (!hooks.before_backward.empty() || !hooks.after_backward.empty()) backward.emplace(hooks_);
  if (backward) backward->watch_inputs(TensorRefs(inputs));
  call.run();
  call.list_outputs(outputs);
  for (const auto& [id, hook] : hooks.after) hook(*this, TensorRefs(inputs), TensorRefs(outputs));
  if (backward) backward->watch_outputs(TensorRefs(outputs));
  if (observer) observer->leave(*this, TensorRefs(inputs), TensorRefs(outputs));
}

void ModuleBase::run_hooked(detail::Call& call) const {
  if (hooks_ || CallObserver::current())
    run_watched(call);
  else
    call.run();
}

/// The first call that records gradients, of an outermost module.
void ModuleBase::run_first(detail::Call& call) const {
  FirstPass pass;
  run_hooked(call);
  if (pass.finish(*this, call)) fields_checked_.set();
}

void ModuleBase::run(detail::Call& call) const {
  try {
    const CallScope scope(*this);
    if (call_depth == 1) {
      ties::forget();
      if (!fields_checked_.done() && is_grad_enabled()) return run_first(call);
    }
    run_hooked(call);
    if (call_depth > 1)
      if (FirstPass* pass = FirstPass::current()) pass->note(*this, call);
  } catch (Error& error) {
    note_path(error, *this);
    throw;
  }
}

void check_fields(const ModuleBase& module, const Tensor& x) {
  struct Outermost final : detail::Call {
    const ModuleBase& module;
    Tensor x, y;
    Outermost(const ModuleBase& m, const Tensor& input) : module(m), x(input) {}
    void run() override { y = module(x); }
    void list_inputs(std::vector<Tensor*>& tensors) override { tensors.push_back(&x); }
    void list_outputs(std::vector<Tensor*>& tensors) override { tensors.push_back(&y); }
  } call(module, x);
  FirstPass pass;
  call.run();
  pass.finish(module, call);
}

}  // namespace wick::nn
