/// \file
/// AnyModule: a value that holds any module.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "wick/nn/module_of.h"

namespace wick::nn {

/// Holds a module of any type, whatever its forward takes, by value: copies are deep. What
/// containers are made of.
///
///     nn::AnyModule layer = nn::Linear(3, 4);
///     Tensor y = layer(x);
///     layer->named_parameters();
class WICK_API AnyModule {
 public:
  using wick_printable = void;

  /// Takes `module` in.
  template <std::derived_from<ModuleBase> M>
  requires(!std::is_abstract_v<M>) AnyModule(M module)
      : module_(std::make_unique<M>(std::move(module))) {}
  /// Takes a copy of `module` in, whatever its type is; throws as the copy of an AnyModule does.
  AnyModule(const ModuleBase& module);
  /// Throws ValueError for a null pointer.
  explicit AnyModule(std::unique_ptr<ModuleBase> module);
  /// Throws Error if the copy would be of a base class only: a class that is derived from a layer
  /// needs a WICK_MODULE, or a clone(), of its own.
  AnyModule(const AnyModule& other);
  AnyModule(AnyModule&&) noexcept = default;
  /// Assigns to the module inside if it has the same type, so that handles on its parameters, and
  /// references to it, stay good; otherwise as a new copy.
  AnyModule& operator=(const AnyModule& other);
  AnyModule& operator=(AnyModule&& other) noexcept;
  /// The same for a module as such.
  template <std::derived_from<ModuleBase> M>
  AnyModule& operator=(const M& module) {
    return assign(module) ? *this : *this = AnyModule(module);
  }
  template <std::derived_from<ModuleBase> M>
  requires(!std::is_const_v<M> && !std::is_abstract_v<M>) AnyModule& operator=(M&& module) {
    return *this = AnyModule(std::move(module));
  }
  ~AnyModule();

  /// False once the module was moved out.
  bool has_value() const { return module_ != nullptr; }
  /// Runs a module with one tensor in and one out; throws TypeError for others.
  Tensor operator()(const Tensor& x) const { return (**this)(x); }
  /// Runs a module of any signature on its tensors and gives all of its result: see
  /// ModuleBase::call.
  std::vector<Tensor> call(const std::vector<Tensor>& inputs) const {
    return checked()->call(inputs);
  }
  /// The module inside; throws Error if it was moved out.
  ModuleBase& operator*() { return *checked(); }
  const ModuleBase& operator*() const { return *checked(); }
  ModuleBase* operator->() { return checked(); }
  const ModuleBase* operator->() const { return checked(); }
  ModuleBase* get() { return checked(); }
  const ModuleBase* get() const { return checked(); }
  /// The module as an M; throws TypeError if it is something else.
  template <std::derived_from<ModuleBase> M>
  M& as() {
    return checked()->as<M>();
  }
  template <std::derived_from<ModuleBase> M>
  const M& as() const {
    return const_cast<const ModuleBase*>(checked())->as<M>();
  }
  /// As the module prints.
  std::string to_string() const { return checked()->to_string(); }

 private:
  bool assign(const ModuleBase& other);
  ModuleBase* checked() const;

  std::unique_ptr<ModuleBase> module_;
};

/// An AnyModule whose module has one tensor in and one out, a Module: what Sequential takes.
class WICK_API AnyLayer : public AnyModule {
 public:
  template <std::derived_from<Module> M>
  requires(!std::is_abstract_v<M>) AnyLayer(M module) : AnyModule(std::move(module)) {}
  /// Takes a copy of `module` in.
  AnyLayer(const Module& module) : AnyModule(static_cast<const ModuleBase&>(module)) {}
  /// Throws ValueError for a null pointer.
  explicit AnyLayer(std::unique_ptr<Module> module) : AnyModule(std::move(module)) {}
  /// Throws TypeError if it holds a module of another kind.
  template <std::same_as<AnyModule> M>
  AnyLayer(M module) : AnyModule(std::move(module)) {
    check();
  }
  /// Takes a copy of a module of unknown type in; throws TypeError if it is none with one tensor in
  /// and one out.
  template <std::same_as<ModuleBase> M>
  AnyLayer(const M& module) : AnyModule(module) {
    check();
  }

 private:
  void check() const;
};

}  // namespace wick::nn
