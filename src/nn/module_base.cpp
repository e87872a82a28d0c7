#include "wick/nn/module_base.h"

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

#include <fmt/format.h>

#include <cstdlib>

#include "nn/hooks.h"
#include "nn/ties.h"
#include "wick/format.h"
#include "wick/nn/module.h"

namespace wick::nn {
namespace {

std::shared_ptr<Hooks> copy_of(const std::shared_ptr<Hooks>& hooks, const ModuleBase* owner) {
  if (!hooks) return nullptr;
  auto copy = std::make_shared<Hooks>(*hooks);
  copy->owner = owner;
  return copy;
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

ModuleBase::ModuleBase() = default;
ModuleBase::~ModuleBase() { ties::destroyed(this); }
ModuleBase::ModuleBase(ModuleBase&& other) noexcept
    : training_(other.training_),
      fields_checked_(other.fields_checked_),
      hooks_(std::move(other.hooks_)) {
  if (hooks_) hooks_->owner = this;
}
ModuleBase& ModuleBase::operator=(ModuleBase&& other) noexcept {
  training_ = other.training_;
  fields_checked_ = other.fields_checked_;
  hooks_ = std::move(other.hooks_);
  if (hooks_) hooks_->owner = this;
  return *this;
}
ModuleBase::ModuleBase(const ModuleBase& other)
    : training_(other.training_), hooks_(copy_of(other.hooks_, this)) {
  ties::copying(other, this);
}
ModuleBase& ModuleBase::operator=(const ModuleBase& other) {
  if (this != &other) {
    auto hooks = copy_of(other.hooks_, this);
    ties::assigning(other, *this);
    hooks_ = std::move(hooks);
    training_ = other.training_;
  }
  return *this;
}
bool ModuleBase::assign(const ModuleBase&) { return false; }

std::span<const char* const> ModuleBase::input_names() const { return {}; }

void ModuleBase::no_forward() const {
  throw Error(fmt::format("Module [{}] is missing the required \"forward\" function", type_name()));
}

std::vector<Tensor> ModuleBase::call(const std::vector<Tensor>&) const {
  struct NoForward final : detail::Call {
    const ModuleBase& module;
    explicit NoForward(const ModuleBase& m) : module(m) {}
    void run() override { module.no_forward(); }
    void list_inputs(std::vector<Tensor*>&) override {}
    void list_outputs(std::vector<Tensor*>&) override {}
  } none(*this);
  run(none);
  return {};
}

Tensor ModuleBase::operator()(const Tensor& x) const {
  if (const Module* layer = as_layer()) return (*layer)(x);
  std::vector<Tensor> outputs = call({x});
  if (outputs.size() == 1) return std::move(outputs[0]);
  throw TypeError(fmt::format("{} gives {} tensors: call({{x}}) returns them all", type_name(),
                              outputs.size()));
}

void ModuleBase::check_count(size_t given, size_t fewest, size_t most) const {
  if (given >= fewest && given <= most) return;
  const std::string names = fmt::format("{}", fmt::join(input_names(), ", "));
  if (given == 1 && !names.empty())
    throw TypeError(fmt::format("{} takes more than one tensor: call it as {}({})", type_name(),
                                type_name().ends_with("Loss") ? "loss" : "module", names));
  const std::string count =
      fewest == most ? std::to_string(fewest) : fmt::format("{} to {}", fewest, most);
  throw TypeError(fmt::format("{} takes {} tensor{}{}, got {}", type_name(), count,
                              most == 1 ? "" : "s", names.empty() ? "" : " (" + names + ")",
                              given));
}

void ModuleBase::wrong_type(const std::type_info& wanted) const {
  throw TypeError(fmt::format("as<M>(): the module is a {}, not the type that was asked for ({})",
                              type_name(), readable_name(wanted)));
}

}  // namespace wick::nn
