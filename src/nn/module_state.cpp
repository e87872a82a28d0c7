// state_dict and load_state_dict.
#include <map>
#include <tuple>
#include <unordered_map>

#include "nn/hooks.h"
#include "nn/near_names.h"
#include "nn/ties.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/nn/module_base.h"
#include "wick/ops.h"

namespace wick::nn {
namespace {

/// `state` with its entries called what `rename` says.
StateDict renamed(const StateDict& state, const LoadOptions& options) {
  if (!options.rename) return state;
  StateDict result;
  for (const auto& [name, tensor] : state) {
    const std::string wanted = options.rename(name);
    if (result.contains(wanted))
      throw ValueError(fmt::format("load_state_dict: two entries are renamed to \"{}\"", wanted));
    result.set(wanted, tensor);
  }
  return result;
}

/// A field that is loaded into.
struct Target {
  std::string name;
  Parameter* parameter;  // null for a buffer
  Tensor tensor;
};

struct CollectTargets : Visitor {
  std::string prefix;
  std::vector<Target> found;
  void parameter(std::string_view name, Parameter& p) override {
    if (p.defined()) found.push_back({prefix + std::string(name), &p, p});
  }
  void buffer(std::string_view name, Buffer& b) override {
    if (b.defined() && b.persistent()) found.push_back({prefix + std::string(name), nullptr, b});
  }
  void child(std::string_view name, ModuleBase& module) override {
    const size_t size = prefix.size();
    prefix.append(name) += '.';
    module.visit(*this);
    prefix.resize(size);
  }
};

/// Where the elements of a floating tensor begin; null for others, and on the meta device.
const void* address(const Tensor& t) {
  if (t.is_meta() || t.numel() == 0) return nullptr;
  switch (t.dtype()) {
    case DType::float32:
      return t.data_ptr<const float>();
    case DType::float64:
      return t.data_ptr<const double>();
    case DType::bfloat16:
      return t.data_ptr<const BFloat16>();
    case DType::float16:
      return t.data_ptr<const Half>();
    default:
      return nullptr;
  }
}

/// Whether two entries, of one shape, say the same of one tensor.
bool agree(const Tensor& a, const Tensor& b, const Tensor& target, bool assign) {
  if (a.is_same(b) || a.is_meta() || b.is_meta()) return true;
  if (assign && a.dtype() != b.dtype()) return false;
  if (address(a) && address(a) == address(b) && a.dtype() == b.dtype() &&
      a.strides() == b.strides())
    return true;
  const DType dtype = assign ? a.dtype() : target.dtype();
  const Tensor x = a.to(dtype), y = b.to(dtype);
  return x.equal(y) || (x.is_floating_point() && x.allclose(y, 0, 0, true));
}

/// Names of tied fields whose entries differ.
std::vector<std::pair<std::string, std::string>> differing(const std::vector<Target>& targets,
                                                           const StateDict& state, bool assign) {
  std::vector<std::pair<std::string, std::string>> result;
  std::unordered_map<const TensorImpl*, const std::string*> first;
  for (const Target& target : targets) {
    if (!state.contains(target.name)) continue;
    const auto [other, fresh] = first.emplace(&target.tensor.impl(), &target.name);
    if (!fresh && !agree(state[*other->second], state[target.name], target.tensor, assign))
      result.emplace_back(*other->second, target.name);
  }
  return result;
}

void check_entry(const Target& target, const Tensor& source, bool assign) {
  if (source.is_meta() && !target.tensor.is_meta())
    throw TypeError(fmt::format(
        "load_state_dict: \"{}\" is on the meta device and has no elements to copy", target.name));
  if (assign && source.is_floating_point() != target.tensor.is_floating_point())
    throw TypeError(fmt::format("load_state_dict: cannot assign a {} tensor to \"{}\", which is {}",
                                source.dtype(), target.name, target.tensor.dtype()));
}

/// Ties the parameters that have been given the very same elements.
void tie_assigned(const std::vector<Target>& targets) {
  std::map<std::tuple<const void*, DType, bool, std::vector<int64_t>, std::vector<int64_t>>,
           Parameter*>
      first;
  for (const Target& target : targets) {
    if (!target.parameter) continue;
    const void* begin = address(target.tensor);
    if (!begin) continue;
    const auto [other, fresh] = first.emplace(
        std::tuple(begin, target.tensor.dtype(), target.tensor.requires_grad(),
                   target.tensor.shape().to_vector(), target.tensor.strides().to_vector()),
        target.parameter);
    if (!fresh && !other->second->is_same(*target.parameter))
      target.parameter->share(*other->second);
  }
}

}  // namespace

StateDict ModuleBase::state_dict() const {
  ties::forget();
  StateDict state;
  add_state(state, "");
  return state;
}

void ModuleBase::add_state(StateDict& state, const std::string& prefix) const {
  struct Add : ConstVisitor {
    StateDict& state;
    const std::string& prefix;
    Add(StateDict& s, const std::string& p) : state(s), prefix(p) {}
    void parameter(std::string_view name, const Parameter& p) override {
      if (p.defined()) state.set(prefix + std::string(name), p.detach());
    }
    void buffer(std::string_view name, const Buffer& b) override {
      if (b.defined() && b.persistent()) state.set(prefix + std::string(name), b.detach());
    }
    void child(std::string_view name, const ModuleBase& module) override {
      module.add_state(state, prefix + std::string(name) + ".");
    }
  } add(state, prefix);
  const std::shared_ptr<const Hooks> hooks = hooks_;
  if (hooks)
    for (const auto& [id, hook] : HookList<StateDictPreHook>(hooks->before_state))
      hook(*this, prefix);
  inspect(add);
  if (hooks)
    for (const auto& [id, hook] : HookList<StateDictHook>(hooks->after_state))
      hook(*this, state, prefix);
}

/// Lets the hooks of every module of the tree change `state` before it is loaded.
void ModuleBase::run_load_pre_hooks(StateDict& state) {
  for (const auto& [name, module] : named_modules())
    if (module->hooks_)
      for (const auto& [id, hook] : HookList<LoadPreHook>(module->hooks_->before_load))
        hook(*module, state, name.empty() ? "" : name + ".");
}

void ModuleBase::run_load_hooks(const LoadReport& report) {
  const auto all = modules();
  for (size_t i = all.size(); i-- > 0;)  // inner ones first
    if (all[i]->hooks_)
      for (const auto& [id, hook] : HookList<LoadHook>(all[i]->hooks_->after_load))
        hook(*all[i], report);
}

LoadReport ModuleBase::load_state_dict(const StateDict& given, const LoadOptions& options) {
  ties::forget();
  StateDict state = renamed(given, options);
  run_load_pre_hooks(state);
  CollectTargets collector;
  visit(collector);
  const std::vector<Target>& targets = collector.found;
  StateDict mine;
  LoadReport report;
  report.module = std::string(type_name());
  for (const Target& target : targets) {
    mine.set(target.name, target.tensor);
    if (!state.contains(target.name)) {
      report.missing.push_back(target.name);
    } else if (const Tensor& source = state[target.name]; !source.defined()) {
      report.undefined.push_back(target.name);
    } else if (source.shape() != target.tensor.shape()) {
      report.mismatched.push_back({target.name, source.shape(), target.tensor.shape()});
    }
  }
  for (const auto& [name, tensor] : state)
    if (!mine.contains(name)) report.unexpected.push_back(name);
  NearNames missing_names(report.missing);
  for (const std::string& name : report.unexpected) {
    const std::string near = missing_names.nearest(name);
    if (!near.empty()) report.near_names.emplace_back(name, near);
  }
  const NoGradGuard guard;
  const bool fits = report.mismatched.empty() && report.undefined.empty();
  if (fits) report.different = differing(targets, state, options.assign);
  const bool keys_ok = report.missing.empty() && report.unexpected.empty();
  if (!fits || !report.different.empty() || (options.strict && !keys_ok))
    throw LoadStateDictError(std::move(report));

  // All are looked at first: one that cannot be read must not leave half of the module changed.
  std::unordered_map<const TensorImpl*, const Tensor*> sources;  // a tied tensor is written once
  for (const Target& target : targets) {
    if (!state.contains(target.name)) continue;
    check_entry(target, state[target.name], options.assign);
    sources.emplace(&target.tensor.impl(), &state[target.name]);
  }
  for (const Target& target : targets) {
    const auto source = sources.extract(&target.tensor.impl());
    if (source.empty()) continue;
    if (options.assign)
      target.tensor.set_data(*source.mapped());
    else
      target.tensor.copy_(*source.mapped());
  }
  if (options.assign) tie_assigned(targets);
  run_load_hooks(report);
  return report;
}

}  // namespace wick::nn
