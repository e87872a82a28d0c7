#include "wick/nn/module.h"

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

#include <cstdlib>
#include <unordered_set>

#include "nn/call_observer.h"
#include "nn/call_path.h"
#include "nn/nesting.h"
#include "nn/ties.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/graph_mark.h"

namespace wick::nn {
namespace {

thread_local int64_t call_depth = 0;

/// The modules whose calls are in progress; kept under anomaly detection only.
thread_local std::vector<const Module*> calls;

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
  explicit CallScope(const Module& module)
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

/// Looks for parameters that a module uses and does not list: follows the first call of an
/// outermost module that records gradients.
class FirstPass {
 public:
  FirstPass() : before_(std::exchange(current, this)) {}
  ~FirstPass() { current = before_; }
  FirstPass(const FirstPass&) = delete;
  FirstPass& operator=(const FirstPass&) = delete;

  /// A call inside of the outermost one has ended.
  void note(const Module& module, std::span<const Tensor> inputs, const Tensor& y) {
    if (y.defined() && y.requires_grad())
      calls_.push_back({&module, {inputs.begin(), inputs.end()}, y});
  }
  /// Throws if `module`, which is the outermost, or one inside of it has forgotten a field. False
  /// if that cannot be told now: `y` needs no gradients, or there are hooks.
  bool finish(const Module& module, std::span<const Tensor> inputs, const Tensor& y) const {
    if (!y.defined() || !y.requires_grad()) return false;
    const Tensor forgotten = unlisted(module, inputs, y);
    if (!forgotten.defined()) return true;
    for (const auto& [name, m] : module.named_modules()) {
      if (!m->checks_fields()) return true;
      if (m->has_hooks()) return false;
    }
    for (const Call& call : calls_) {  // inner ones come first
      const Tensor inner = unlisted(*call.module, call.inputs, call.y);
      if (inner.defined()) fail(*call.module, inner);
    }
    fail(module, forgotten);
  }

  static thread_local FirstPass* current;

 private:
  struct Call {
    const Module* module;
    std::vector<Tensor> inputs;
    Tensor y;
  };

  /// A leaf that operations since the outermost call began took in, `y` hangs on, and which is
  /// neither a parameter of `module` nor an input or what that was computed from.
  Tensor unlisted(const Module& module, std::span<const Tensor> inputs, const Tensor& y) const {
    std::unordered_set<const void*> known;
    for (const Tensor& p : module.parameters()) known.insert(&p.impl());
    for (const Tensor& x : inputs) {
      if (x.defined()) known.insert(&x.impl());
      for (const Tensor& leaf : mark_.leaves(x)) known.insert(&leaf.impl());
    }
    for (const Tensor& leaf : mark_.leaves(y))
      if (!known.contains(&leaf.impl())) return leaf;
    return {};
  }
  [[noreturn]] static void fail(const Module& module, const Tensor& forgotten) {
    Error error(fmt::format(
        "its forward used a parameter of shape {} that is not among its named_parameters(), so it "
        "would not be trained, saved or converted; list every field with parameters in "
        "WICK_MODULE({}, ...). (If it belongs to another module on purpose, override "
        "checks_fields() to return false.)",
        forgotten.shape(), module.type_name()));
    note_path(error, module);
    throw error;
  }

  FirstPass* before_;
  autograd::GraphMark mark_;
  std::vector<Call> calls_;
};
thread_local FirstPass* FirstPass::current = nullptr;

namespace {

/// "wick::nn::ReLU", or the compiler's own spelling where it cannot be read.
std::string readable_name(const std::type_info& type) {
#if __has_include(<cxxabi.h>)
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr), &std::free);
  if (name) return name.get();
#endif
  return type.name();
}

}  // namespace

namespace {
thread_local CallObserver* current_observer = nullptr;
}

CallObserver::CallObserver() : before_(current_observer) { current_observer = this; }
CallObserver::~CallObserver() { current_observer = before_; }
CallObserver* CallObserver::current() { return current_observer; }

struct Hooks {
  uint64_t next_id = 1;
  std::vector<std::pair<uint64_t, ForwardPreHook>> before;
  std::vector<std::pair<uint64_t, ForwardHook>> after;
};

namespace {

/// Takes hook `id` out of `hooks`, if they still exist.
HookHandle handle_on(const std::shared_ptr<Hooks>& hooks, uint64_t id) {
  return HookHandle([weak = std::weak_ptr<Hooks>(hooks), id] {
    if (const std::shared_ptr<Hooks> alive = weak.lock()) {
      std::erase_if(alive->before, [id](const auto& entry) { return entry.first == id; });
      std::erase_if(alive->after, [id](const auto& entry) { return entry.first == id; });
    }
  });
}

}  // namespace

Module::Module() = default;
Module::~Module() { ties::destroyed(this); }
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::Module(const Module& other)
    : training_(other.training_),
      hooks_(other.hooks_ ? std::make_shared<Hooks>(*other.hooks_) : nullptr) {
  ties::copying(other, this);
}
Module& Module::operator=(const Module& other) {
  if (this != &other) {
    auto hooks = other.hooks_ ? std::make_shared<Hooks>(*other.hooks_) : nullptr;
    ties::assigning(other, *this);
    hooks_ = std::move(hooks);
    training_ = other.training_;
  }
  return *this;
}
bool Module::assign(const Module&) { return false; }

Hooks& Module::hooks() {
  if (!hooks_) hooks_ = std::make_shared<Hooks>();
  return *hooks_;
}

HookHandle Module::register_forward_pre_hook(ForwardPreHook hook) {
  if (!hook) throw ValueError("register_forward_pre_hook expects a function, got an empty one");
  Hooks& h = hooks();
  h.before.emplace_back(h.next_id, std::move(hook));
  return handle_on(hooks_, h.next_id++);
}

HookHandle Module::register_forward_hook(ForwardHook hook) {
  if (!hook) throw ValueError("register_forward_hook expects a function, got an empty one");
  Hooks& h = hooks();
  h.after.emplace_back(h.next_id, std::move(hook));
  return handle_on(hooks_, h.next_id++);
}

bool Module::has_hooks() const {
  return hooks_ && !(hooks_->before.empty() && hooks_->after.empty());
}

Tensor Module::run(const Tensor& x) const {
  if (!hooks_) return forward(x);
  const Hooks hooks = *hooks_;  // a hook may add or remove hooks
  Tensor input = x;
  for (const auto& [id, hook] : hooks.before) {
    Tensor replaced = hook(*this, input);
    if (replaced.defined()) input = std::move(replaced);
  }
  Tensor output = forward(input);
  for (const auto& [id, hook] : hooks.after) {
    Tensor replaced = hook(*this, input, output);
    if (replaced.defined()) output = std::move(replaced);
  }
  return output;
}

Tensor Module::call(const Tensor& x) const {
  CallObserver* observer = CallObserver::current();
  if (observer) observer->enter(*this, x);
  Tensor y = run(x);
  if (observer) observer->leave(*this, x, y);
  return y;
}

Tensor Module::first_call(const Tensor& x) const {
  FirstPass pass;
  Tensor y = call(x);
  if (pass.finish(*this, {&x, 1}, y)) fields_checked_.set();
  return y;
}

Tensor Module::follow(std::span<const Tensor> inputs, const Callback<Tensor()>& compute) const {
  const CallScope scope(*this);
  if (call_depth == 1) ties::forget();
  if (call_depth == 1 && !fields_checked_.done() && is_grad_enabled()) {
    FirstPass pass;
    Tensor y = compute();
    if (pass.finish(*this, inputs, y)) fields_checked_.set();
    return y;
  }
  Tensor y = compute();
  if (call_depth > 1 && FirstPass::current) FirstPass::current->note(*this, inputs, y);
  return y;
}

Tensor Module::operator()(const Tensor& x) const {
  try {
    const CallScope scope(*this);
    if (call_depth == 1) {
      ties::forget();
      return fields_checked_.done() || !is_grad_enabled() ? call(x) : first_call(x);
    }
    Tensor y = call(x);
    if (FirstPass::current) FirstPass::current->note(*this, {&x, 1}, y);
    return y;
  } catch (Error& error) {
    note_path(error, *this);
    throw;
  }
}

void check_fields(const Module& module, const Tensor& x) {
  FirstPass pass;
  const Tensor y = module(x);
  pass.finish(module, {&x, 1}, y);
}

void Module::wrong_type(const std::type_info& wanted) const {
  throw TypeError(fmt::format("as<M>(): the module is a {}, not the type that was asked for ({})",
                              type_name(), readable_name(wanted)));
}

}  // namespace wick::nn
