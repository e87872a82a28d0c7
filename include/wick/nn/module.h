/// \file
/// Module, the base of all layers and models: a value with named fields.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "wick/nn/callback.h"
#include "wick/nn/state_dict.h"
#include "wick/nn/visitor.h"
#include "wick/tensor.h"

namespace wick::detail {
/// A flag that const modules may set from several threads.
class Once {
 public:
  Once() = default;
  Once(const Once&) {}
  Once& operator=(const Once&) { return *this; }
  bool done() const { return __atomic_load_n(&done_, __ATOMIC_RELAXED); }
  void set() { __atomic_store_n(&done_, true, __ATOMIC_RELAXED); }

 private:
  bool done_ = false;
};
}  // namespace wick::detail

namespace wick::nn {

/// Called before forward; a defined result replaces the input.
using ForwardPreHook = Callback<Tensor(const Module&, const Tensor& input)>;
/// Called after forward; a defined result replaces the output.
using ForwardHook = Callback<Tensor(const Module&, const Tensor& input, const Tensor& output)>;

struct Hooks;

/// Base of all layers and models. A module is a value, and `const` modules run:
/// - Copying copies its parameters and buffers. Fields that are tied (Parameter::share) inside the
///   module are tied in the copy, to one another and not to the original, however the copy is made:
///   `Net b = a`, clone(), AnyModule, a container. What is copied apart, such as two members one
///   after the other, is not tied. (A copy constructor written by hand has to copy its base and
///   every field.)
/// - Assigning a copy, `model = best`, writes the elements into the tensors that are there, so that
///   an optimizer and other handles go on with them; only a tensor of another shape, dtype or
///   device, and a layer of another type, is replaced. What is tied afterwards is what is tied in
///   `best`. Gradients stay what they are.
/// - Moving keeps the parameters and the handles on them: after `model = std::move(other)` or
///   `model = Net(...)` the parameters are those of the right side, and an optimizer that was made
///   for the old ones has to be made anew.
///
///     struct Net : nn::Module {
///       nn::Linear fc{4, 2};
///       Tensor forward(const Tensor& x) const override { return fc(x).relu(); }
///       WICK_MODULE(Net, fc)
///     };
class WICK_API Module {
 public:
  using wick_printable = void;

  virtual ~Module();

  /// What the module computes. Call the module itself, `m(x)`, so that hooks run and errors name
  /// the place.
  virtual Tensor forward(const Tensor& x) const = 0;
  /// Runs pre-hooks, forward and hooks. A wick::Error on the way out gets the module that failed in
  /// front of its text, with its path where it is inside of another:
  /// `encoder.linear1 (Linear(512 -> 2048)): mat1 and mat2 ...`. The first call that records
  /// gradients looks for forgotten fields: see checks_fields.
  Tensor operator()(const Tensor& x) const;

  // -- Parameters and state, names dotted as in PyTorch ---------------------------------------
  /// Handles on the parameters of this module and all below it; undefined ones are left out, and
  /// one that is tied stands there once, under its first name.
  std::vector<Tensor> parameters() const;
  NamedTensors named_parameters() const;  ///< parameters() with names: "linear1.weight"
  NamedTensors named_buffers() const;     ///< the same for buffers
  /// Handles on all parameters and buffers, outside of any graph; tied ones under each name.
  StateDict state_dict() const;
  /// Copies `state` into the parameters and buffers, converting dtypes. Throws LoadStateDictError,
  /// which reports everything that does not fit, and then changes nothing; with
  /// `{.strict = false}` only wrong shapes are errors, and two different tensors for parameters
  /// that are tied. With `{.assign = true}`, parameters that get the very same elements of one
  /// storage are tied from then on. Throws ValueError if `rename` gives two
  /// entries one name, TypeError if an entry is on the meta device and the module is not.
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {});

  // -- Submodules, this one first, under the name "" ------------------------------------------
  /// Every module of the tree with its dotted name, outer ones first.
  std::vector<std::pair<std::string, Module*>> named_modules();
  std::vector<std::pair<std::string, const Module*>> named_modules() const;
  std::vector<Module*> modules();  ///< named_modules() without the names
  /// Direct submodules only.
  std::vector<std::pair<std::string, Module*>> named_children();
  std::vector<Module*> children();  ///< named_children() without the names
  /// The submodule at a dotted path; throws IndexError.
  Module& get_submodule(std::string_view path);
  const Module& get_submodule(std::string_view path) const;
  /// The parameter at a dotted path; throws IndexError with the nearest names.
  Tensor get_parameter(std::string_view path) const;

  // -- Modes ----------------------------------------------------------------------------------
  /// Sets training mode here and in all submodules (dropout drops only then).
  Module& train(bool on = true);
  Module& eval() { return train(false); }      ///< train(false)
  bool training() const { return training_; }  ///< true at first
  /// Converts floating parameters and buffers to `dtype`; throws TypeError unless it is floating.
  Module& to(DType dtype);
  /// Moves parameters and buffers; throws TypeError from meta to cpu, as there is nothing to move.
  Module& to(Device device);
  /// Whether gradients are recorded for the floating parameters of the tree.
  Module& requires_grad_(bool on = true);
  /// Takes the gradients of all parameters away, or sets them to 0 unless `set_to_none`.
  Module& zero_grad(bool set_to_none = true);
  /// Calls `f` on every submodule, children first, and on this module last.
  Module& apply(const Callback<void(Module&)>& f);

  // -- Hooks ----------------------------------------------------------------------------------
  /// Runs `hook` before every forward from now on, after those that were there before. A copy of
  /// the module has a copy of its hooks. Throws ValueError for an empty function.
  HookHandle register_forward_pre_hook(ForwardPreHook hook);
  /// Runs `hook` after every forward; otherwise as register_forward_pre_hook.
  HookHandle register_forward_hook(ForwardHook hook);
  /// True while there is a hook of either kind on this module.
  bool has_hooks() const;

  /// As PyTorch prints a module.
  std::string to_string() const;
  /// What stands between the parentheses when the module prints; the options unless overridden.
  virtual std::string extra_repr() const;

  /// This module as an M; throws TypeError if it is something else: `seq[0].as<Linear>()`.
  template <std::derived_from<Module> M>
  M& as() {
    if (auto* m = dynamic_cast<M*>(this)) return *m;
    wrong_type(typeid(M));
  }
  template <std::derived_from<Module> M>
  const M& as() const {
    return const_cast<Module*>(this)->as<M>();
  }

  // -- Written by the line WICK_MODULE(Type, fields...) at the end of a class; the comments show
  // in what compilers say of a class without it -------------------------------------------------
  virtual std::string_view type_name() const = 0;     ///< WICK_MODULE writes this: "Linear"
  virtual std::unique_ptr<Module> clone() const = 0;  ///< WICK_MODULE writes this: a deep copy
  /// Shows every field to `visitor`, under its name.
  virtual void visit(Visitor& visitor) = 0;  ///< WICK_MODULE(Type, fields...) writes this
  /// `*this = other` if both have the same type, which can be assigned to; else false.
  virtual bool assign(const Module& other);

 protected:
  Module();
  Module(const Module&);
  Module(Module&&) noexcept;
  Module& operator=(const Module&);
  Module& operator=(Module&&) noexcept;
  /// Whether a forward pass may depend on no other parameters than those listed in WICK_MODULE. The
  /// first call of the outermost module that records gradients looks, and throws Error for one that
  /// was forgotten; what came in through the input, or was computed before the call, does not
  /// count. A module that uses the parameters of another on purpose (which it refers to by pointer,
  /// say) overrides this to return false. Nothing is checked where there are hooks.
  virtual bool checks_fields() const { return true; }
  /// For modules that are called with other arguments than one tensor: runs `compute`, and looks
  /// for forgotten fields as operator() does; what came in through `inputs` does not count.
  Tensor follow(std::span<const Tensor> inputs, const Callback<Tensor()>& compute) const;

 private:
  [[noreturn]] void wrong_type(const std::type_info& wanted) const;
  friend class FirstPass;  // src/nn/module.cpp
  Tensor run(const Tensor& x) const;
  Tensor call(const Tensor& x) const;
  Tensor first_call(const Tensor& x) const;
  Hooks& hooks();

  bool training_ = true;
  mutable wick::detail::Once fields_checked_;
  std::shared_ptr<Hooks> hooks_;  // null while there are none
};

/// Runs `module` on `x` and throws Error if the result depends on a parameter that is not among
/// named_parameters(): a field that was forgotten in WICK_MODULE. Parameters of `x`'s own history
/// do not count. The first forward pass that records gradients does this by itself, once for every
/// outermost module.
WICK_API void check_fields(const Module& module, const Tensor& x);

}  // namespace wick::nn
