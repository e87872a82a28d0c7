#include "wick/nn/module.h"

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

#include <cstdlib>
#include <unordered_set>

#include "nn/call_observer.h"
#include "nn/call_path.h"
#include "nn/near_names.h"
#include "wick/autograd.h"
#include "wick/format.h"

namespace wick {

/// Where an error has passed through: the innermost module's description, its path from the
/// module that the error left last, and the text it came with.
struct detail::CallPath {
  const nn::Module* last = nullptr;
  std::string who;
  std::string path;
};

namespace nn {
namespace {

Module& writable(const Module& m) { return const_cast<Module&>(m); }  // for visitors that only read

/// "Linear(512 -> 2048)" for what has in_features and out_features, else the type's name.
std::string describe(const Module& module) {
  struct Features : Visitor {
    std::optional<int64_t> in, out;
    void option(std::string_view name, Option value) override {
      if (int64_t* const* n = std::get_if<int64_t*>(&value)) {
        if (name == "in_features") in = **n;
        if (name == "out_features") out = **n;
      }
    }
  } features;
  writable(module).visit(features);
  if (!features.in || !features.out) return std::string(module.type_name());
  return fmt::format("{}({} -> {})", module.type_name(), *features.in, *features.out);
}

}  // namespace

void note_path(Error& error, const Module& module) {
  auto& path = error.call_path();
  if (!path) {
    path = std::make_shared<detail::CallPath>();
    path->last = &module;
    path->who = describe(module);
    return;
  }
  for (const auto& [name, child] : module.named_modules()) {
    if (child != path->last || name.empty()) continue;
    path->path = path->path.empty() ? name : name + "." + path->path;
    path->last = &module;
    error.set_context(fmt::format("{} ({})", path->path, path->who));
    return;
  }
}

namespace {

thread_local int call_depth = 0;

/// The modules whose calls are in progress; kept under anomaly detection only.
thread_local std::vector<const Module*> calls;

/// "encoder.linear1 (Linear(512 -> 2048))" for the innermost of `calls`.
std::string call_path() {
  std::string path;
  for (size_t i = 1; i < calls.size(); ++i)
    for (const auto& [name, child] : calls[i - 1]->named_modules())
      if (child == calls[i] && !name.empty()) path += path.empty() ? name : "." + name;
  if (calls.empty()) return path;
  const std::string who = describe(*calls.back());
  return path.empty() ? who : fmt::format("{} ({})", path, who);
}

struct CallScope {
  explicit CallScope(const Module& module) : noted_(autograd::is_anomaly_enabled()) {
    ++call_depth;
    if (!noted_) return;
    autograd::detail::set_place_provider(call_path);
    calls.push_back(&module);
  }
  ~CallScope() {
    --call_depth;
    if (noted_) calls.pop_back();
  }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  bool noted_;
};

/// Throws if `y` = module(x) hangs on a leaf that is neither a parameter nor in x's history.
void require_listed(const Module& module, const Tensor& x, const Tensor& y) {
  std::unordered_set<const void*> known;
  for (const Tensor& p : module.parameters()) known.insert(&p.impl());
  for (const Tensor& leaf : autograd::leaves(x)) known.insert(&leaf.impl());
  for (const Tensor& leaf : autograd::leaves(y))
    if (!known.contains(&leaf.impl()))
      throw Error(fmt::format(
          "{}: its forward used a parameter of shape {} that is not among its named_parameters(); "
          "list every field with parameters in WICK_MODULE({}, ...)",
          module.type_name(), leaf.shape(), module.type_name()));
}

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
Module::~Module() = default;
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::Module(const Module& other)
    : training_(other.training_),
      hooks_(other.hooks_ ? std::make_shared<Hooks>(*other.hooks_) : nullptr) {}
Module& Module::operator=(const Module& other) {
  if (this != &other) {
    training_ = other.training_;
    hooks_ = other.hooks_ ? std::make_shared<Hooks>(*other.hooks_) : nullptr;
  }
  return *this;
}

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

Tensor Module::operator()(const Tensor& x) const {
  try {
    const CallScope scope(*this);
    CallObserver* observer = CallObserver::current();
    if (observer) observer->enter(*this, x);
    Tensor y = run(x);
    if (observer) observer->leave(*this, x, y);
    if (checks_fields() && !fields_checked_.done() && call_depth == 1 && is_grad_enabled() &&
        x.defined() && y.defined()) {
      require_listed(*this, x, y);
      fields_checked_.set();
    }
    return y;
  } catch (Error& error) {
    note_path(error, *this);
    throw;
  }
}

void check_fields(const Module& module, const Tensor& x) { require_listed(module, x, module(x)); }

void Module::wrong_type(const std::type_info& wanted) const {
  throw TypeError(fmt::format("as<M>(): the module is a {}, not the type that was asked for ({})",
                              type_name(), readable_name(wanted)));
}

}  // namespace nn
}  // namespace wick
