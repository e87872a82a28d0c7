#include "wick/optim/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "optim/group_access.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/ops.h"
#include "wick/warning.h"

namespace wick::optim {

using detail::GroupAccess;

Optimizer::Optimizer() = default;
Optimizer::~Optimizer() = default;

Tensor Optimizer::step(const Callback<Tensor()>& closure) {
  Tensor loss;
  {
    const EnableGradGuard enabled;  // as PyTorch, wherever step is called
    loss = closure();
  }
  step();
  return loss;
}

void Optimizer::zero_grad(bool set_to_none) const {
  const NoGradGuard guard;
  for (const Tensor& param : parameters()) {
    const Tensor grad = param.grad();
    if (!grad.defined()) continue;
    if (set_to_none) {
      param.set_grad({});
      continue;
    }
    // A gradient with a history of its own begins anew.
    if (grad.requires_grad()) param.set_grad(grad.detach());
    param.grad().zero_();
  }
}

std::vector<Tensor> Optimizer::parameters() const {
  std::vector<Tensor> all;
  for (size_t group = 0; group < param_group_count(); ++group)
    for (const Tensor& param : group_params(group)) all.push_back(param);
  return all;
}

Option Optimizer::option(size_t group, std::string_view name) const {
  if (group >= param_group_count())
    throw IndexError(fmt::format("parameter group {} is out of range: there are {}", group,
                                 param_group_count()));
  if (const auto found = GroupAccess::option(*this, group, name)) return *found;
  throw ValueError(fmt::format("{} has no option {}", type_name(), name));
}

double Optimizer::lr(size_t group) const { return option(group, "lr").number(); }

void Optimizer::set_lr(size_t group, double lr) {
  if (!std::isfinite(lr))
    throw ValueError(fmt::format("set_lr expects a finite learning rate, got {}", python_repr(lr)));
  option(group, "lr").number() = lr;
}

void Optimizer::set_lr(double lr) {
  for (size_t group = 0; group < param_group_count(); ++group) set_lr(group, lr);
}

// -- Groups ------------------------------------------------------------------------------------

void Optimizer::fail_empty() { throw ValueError("optimizer got an empty parameter list"); }

void Optimizer::check_params(const std::vector<Tensor>& params) const {
  for (const Tensor& param : params) {
    if (!param.defined())
      throw TypeError("optimizer can only optimize Tensors, but one of the params is undefined");
    if (!param.is_leaf()) throw ValueError("can't optimize a non-leaf Tensor");
  }
  std::unordered_set<const TensorImpl*> seen;
  for (const Tensor& param : parameters()) seen.insert(&param.impl());
  for (const Tensor& param : params)
    if (seen.contains(&param.impl()))
      throw ValueError("some parameters appear in more than one parameter group");
  for (const Tensor& param : params)
    if (!seen.insert(&param.impl()).second) {
      warn("parameters",
           "optimizer contains a parameter group with duplicate parameters; in future, this will "
           "cause an error; see github.com/pytorch/pytorch/issues/40967 for more information");
      break;
    }
}

std::vector<Tensor> Optimizer::each_once(std::vector<Tensor> params) {
  std::unordered_set<const TensorImpl*> seen;
  std::erase_if(params, [&](const Tensor& param) { return !seen.insert(&param.impl()).second; });
  return params;
}

void Optimizer::added() { extras_.emplace_back(); }

std::string Optimizer::prefix(size_t group) { return fmt::format("param_groups.{}.", group); }

std::string Optimizer::to_string() const {
  std::string text = std::string(type_name()) + " (";
  for (size_t group = 0; group < param_group_count(); ++group) {
    std::vector<std::string> lines;
    for (const Option& option : const_cast<Optimizer*>(this)->group_options(group))
      lines.push_back(fmt::format("    {}: {}\n", option.name(), option.to_string()));
    for (const auto& [name, value] : extras_[group])
      lines.push_back(fmt::format("    {}: {}\n", name, value));
    std::sort(lines.begin(), lines.end());
    text += fmt::format("\nParameter Group {}\n", group);
    for (const std::string& line : lines) text += line;
  }
  return text + ")";
}

// -- State dicts -------------------------------------------------------------------------------

void Optimizer::save_state(StateDict&) const {}
void Optimizer::load_state(StateReader&, const std::vector<int64_t>&) {}

StateDict Optimizer::state_dict() const {
  StateDict state;
  save_state(state);
  size_t first = 0;
  for (size_t group = 0; group < param_group_count(); ++group) {
    for (const Option& option : const_cast<Optimizer*>(this)->group_options(group))
      state.set(prefix(group) + std::string(option.name()), option.to_tensor());
    for (auto [name, value] : extras_[group])
      state.set(prefix(group) + std::string(name), Option(name, value).to_tensor());
    const size_t count = group_params(group).size();
    const Tensor ids =
        empty({static_cast<int64_t>(count)}, {.dtype = int64, .device = Device::cpu});
    for (size_t i = 0; i < count; ++i) ids.data_ptr<int64_t>()[i] = static_cast<int64_t>(first + i);
    state.set(prefix(group) + "params", ids);
    first += count;
  }
  return state;
}

void Optimizer::load_state_dict(const StateDict& state) {
  StateReader reader(state);
  const size_t groups = param_group_count();
  size_t saved_groups = 0;
  while (reader.has(prefix(saved_groups) + "params")) ++saved_groups;
  if (saved_groups != groups)
    throw ValueError("loaded state dict has a different number of parameter groups");

  std::vector<int64_t> ids;
  for (size_t group = 0; group < groups; ++group) {
    const std::vector<double> saved = reader.numbers(prefix(group) + "params");
    if (saved.size() != group_params(group).size())
      throw ValueError(
          "loaded state dict contains a parameter group that doesn't match the size of "
          "optimizer's group");
    for (const double id : saved) ids.push_back(Scalar(id).to_int64());
  }
  load_options(reader);

  auto extras = extras_;
  for (size_t group = 0; group < groups; ++group) {
    extras[group].clear();
    for (const std::string_view name : GroupAccess::extra_names) {
      if (!reader.has(prefix(group) + std::string(name))) continue;
      double value = 0;
      reader.read(prefix(group), {name, value});
      extras[group].emplace_back(name, value);
    }
  }
  reader.then([this, extras] { extras_ = extras; });
  load_state(reader, ids);
  reader.finish(type_name());
}

}  // namespace wick::optim
