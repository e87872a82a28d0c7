/// \file
/// ModuleBase: what all modules are, whatever forward takes and gives.
#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "wick/nn/hooks.h"
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

struct Hooks;

namespace detail {

/// One call of a module that is going on: its tensors, and forward itself. What looks at a call
/// (hooks, summaries) does so through it, whatever the types of forward are.
class Call {
 public:
  virtual void run() = 0;  ///< the outputs become forward(inputs)
  /// The tensors that run() gives to forward; assigning to them changes what it gets.
  virtual void list_inputs(std::vector<Tensor*>& tensors) = 0;
  virtual void list_outputs(std::vector<Tensor*>& tensors) = 0;

 protected:
  ~Call() = default;
};

/// What `f` takes, if it is a function of one argument that is no template.
template <class F>
struct ArgumentOf : ArgumentOf<decltype(&F::operator())> {};
template <class R, class C, class A>
struct ArgumentOf<R (C::*)(A)> {
  using type = std::remove_reference_t<A>;
};
template <class R, class C, class A>
struct ArgumentOf<R (C::*)(A) const> : ArgumentOf<R (C::*)(A)> {};
template <class R, class A>
struct ArgumentOf<R (*)(A)> {
  using type = std::remove_reference_t<A>;
};

/// A function of a module of some type.
template <class F>
concept ModuleFunction = (requires { &std::decay_t<F>::operator(); } ||
                          std::is_function_v<std::remove_pointer_t<std::decay_t<F>>>)&&requires {
  requires std::derived_from<typename ArgumentOf<std::decay_t<F>>::type, ModuleBase>;
};

}  // namespace detail

/// Base of all modules. Layers with one tensor in and one out derive from Module, all others from
/// ModuleOf<R(In...)>. A module is a value, and `const` modules run:
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
/// Calling a module runs its hooks and forward. A wick::Error on the way out gets the module that
/// failed in front of its text, with its path where it is inside of another:
/// `encoder.linear1 (Linear(512 -> 2048)): mat1 and mat2 ...`. The first call that records
/// gradients looks for forgotten fields: see checks_fields.
class WICK_API ModuleBase {
 public:
  using wick_printable = void;

  virtual ~ModuleBase();

  /// Calls a module, whatever its type, that takes one tensor and gives one; throws TypeError if it
  /// takes or gives another number.
  Tensor operator()(const Tensor& x) const;
  /// Calls the module with the tensors of forward's arguments, in order; a struct's are its fields,
  /// and those at the end may be left out. Gives the tensors of the result. Throws TypeError for a
  /// number of tensors that forward does not take, Error if the module has no forward.
  virtual std::vector<Tensor> call(const std::vector<Tensor>& inputs) const;
  /// What forward's tensors are called, where the module says so: `static constexpr std::array
  /// inputs{"query", "key", "value"};`. For messages, and for files that name them.
  virtual std::span<const char* const> input_names() const;

  // -- Parameters and state, names dotted as in PyTorch ---------------------------------------
  /// Handles on the parameters of this module and all below it; undefined ones are left out, and
  /// one that is tied stands there once, under its first name.
  std::vector<Tensor> parameters() const;
  NamedTensors named_parameters() const;  ///< parameters() with names: "linear1.weight"
  std::vector<Tensor> buffers() const;    ///< the same for buffers
  NamedTensors named_buffers() const;     ///< the same for buffers
  /// Handles on all parameters, and all buffers that are persistent, outside of any graph; tied
  /// ones under each name.
  StateDict state_dict() const;
  /// Copies `state` into the parameters and persistent buffers, converting dtypes. Throws
  /// LoadStateDictError, which reports everything that does not fit, and then changes nothing; with
  /// `{.strict = false}` only wrong shapes are errors, and two different tensors for parameters
  /// that are tied. With `{.assign = true}`, parameters that get the very same elements of one
  /// storage are tied from then on. Throws ValueError if `rename` gives two
  /// entries one name, TypeError if an entry is on the meta device and the module is not.
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {});
  /// The parameter at a dotted path; throws IndexError with the nearest names.
  Tensor get_parameter(std::string_view path) const;
  /// The buffer at a dotted path; throws IndexError with the nearest names.
  Tensor get_buffer(std::string_view path) const;

  // -- Submodules, this one first, under the name "" ------------------------------------------
  /// Every module of the tree with its dotted name, outer ones first.
  std::vector<std::pair<std::string, ModuleBase*>> named_modules();
  std::vector<std::pair<std::string, const ModuleBase*>> named_modules() const;
  std::vector<ModuleBase*> modules();  ///< named_modules() without the names
  std::vector<const ModuleBase*> modules() const;
  /// Direct submodules only.
  std::vector<std::pair<std::string, ModuleBase*>> named_children();
  std::vector<std::pair<std::string, const ModuleBase*>> named_children() const;
  std::vector<ModuleBase*> children();  ///< named_children() without the names
  /// The submodule at a dotted path; throws IndexError.
  ModuleBase& get_submodule(std::string_view path);
  const ModuleBase& get_submodule(std::string_view path) const;
  /// Puts a copy of `module` in the place of the submodule at a dotted path. Where that is an
  /// AnyModule, or stands in a container, any type fits; a field of a fixed type takes its own
  /// only, and Sequential only layers: else TypeError. Throws IndexError if there is none at that
  /// path.
  void set_submodule(std::string_view path, const ModuleBase& module);

  // -- Modes and conversions ------------------------------------------------------------------
  /// Sets training mode here and in all submodules (dropout drops only then).
  ModuleBase& train(bool on = true);
  ModuleBase& eval() { return train(false); }  ///< train(false)
  bool training() const { return training_; }  ///< true at first
  /// Converts floating parameters and buffers to `dtype`; throws TypeError unless it is floating.
  ModuleBase& to(DType dtype);
  /// Moves parameters and buffers; throws TypeError from meta to cpu, as there is nothing to move.
  ModuleBase& to(Device device);
  /// Both at once.
  ModuleBase& to(Device device, DType dtype);
  ModuleBase& half() { return to(DType::float16); }       ///< to(float16)
  ModuleBase& bfloat16() { return to(DType::bfloat16); }  ///< to(bfloat16)
  /// Moves parameters and buffers without their elements, which are not set afterwards: from the
  /// meta device, before load_state_dict.
  ModuleBase& to_empty(Device device);
  /// Whether gradients are recorded for the floating parameters of the tree.
  ModuleBase& requires_grad_(bool on = true);
  /// Takes the gradients of all parameters away, or sets them to 0 unless `set_to_none`.
  ModuleBase& zero_grad(bool set_to_none = true);
  /// Calls `f` on every submodule, children first, and on this module last.
  ModuleBase& apply(const Callback<void(ModuleBase&)>& f);
  /// Calls `f` on those of the type that it takes: `net.apply([](nn::Linear& l) { ... })`.
  template <detail::ModuleFunction F>
  requires(!std::same_as<std::decay_t<F>, Callback<void(ModuleBase&)>>) ModuleBase& apply(F&& f) {
    using M = typename detail::ArgumentOf<std::decay_t<F>>::type;
    return apply(Callback<void(ModuleBase&)>([&f](ModuleBase& module) {
      if (auto* wanted = dynamic_cast<M*>(&module)) f(*wanted);
    }));
  }

  // -- Hooks, those that were registered earlier first; a copy of the module has copies of them --
  /// Runs `hook` before every forward from now on. All of these throw ValueError for an empty
  /// function, and these two TypeError for a module that is no Module, with one tensor in and out.
  HookHandle register_forward_pre_hook(ForwardPreHook hook, HookOptions options = {});
  /// Runs `hook` after every forward.
  HookHandle register_forward_hook(ForwardHook hook, HookOptions options = {});
  /// Runs `hook` before every forward, with all its tensors, whatever it takes.
  HookHandle register_call_pre_hook(CallPreHook hook, HookOptions options = {});
  /// Runs `hook` after every forward.
  HookHandle register_call_hook(CallHook hook, HookOptions options = {});
  /// Runs `hook` whenever the gradients of the inputs of a call have been computed. What comes in
  /// and goes out is then a tensor of its own, which must not be changed in place.
  HookHandle register_full_backward_hook(BackwardHook hook, HookOptions options = {});
  /// Runs `hook` whenever the gradients of the outputs of a call have been computed.
  HookHandle register_full_backward_pre_hook(BackwardPreHook hook, HookOptions options = {});
  HookHandle register_state_dict_pre_hook(StateDictPreHook hook);  ///< before state_dict()
  HookHandle register_state_dict_post_hook(StateDictHook hook);    ///< after it
  HookHandle register_load_state_dict_pre_hook(LoadPreHook hook);  ///< before load_state_dict
  HookHandle register_load_state_dict_post_hook(LoadHook hook);    ///< after it
  /// True while there is a hook on this module that looks at its calls or gradients.
  bool has_hooks() const;

  /// As PyTorch prints a module.
  std::string to_string() const;
  /// What stands between the parentheses when the module prints; the options unless overridden.
  virtual std::string extra_repr() const;

  /// This module as an M; throws TypeError if it is something else: `seq[0].as<Linear>()`.
  template <std::derived_from<ModuleBase> M>
  M& as() {
    if (auto* m = dynamic_cast<M*>(this)) return *m;
    wrong_type(typeid(M));
  }
  template <std::derived_from<ModuleBase> M>
  const M& as() const {
    if (const auto* m = dynamic_cast<const M*>(this)) return *m;
    wrong_type(typeid(M));
  }
  /// This module if it is a Module, with one tensor in and one out; else null.
  virtual const Module* as_layer() const { return nullptr; }

  // -- Written by the line WICK_MODULE(Type, fields...) at the end of a class; the comments show
  // in what compilers say of a class without it -------------------------------------------------
  virtual std::string_view type_name() const = 0;         ///< WICK_MODULE writes this: "Linear"
  virtual std::unique_ptr<ModuleBase> clone() const = 0;  ///< WICK_MODULE writes this: a deep copy
  /// Shows every field to `visitor`, under its name.
  virtual void visit(Visitor& visitor) = 0;  ///< WICK_MODULE(Type, fields...) writes this
  /// `*this = other` if both have the same type, which can be assigned to; else false.
  virtual bool assign(const ModuleBase& other);
  /// Shows every field to a visitor that only reads.
  void inspect(ConstVisitor& visitor) const;

 protected:
  ModuleBase();
  ModuleBase(const ModuleBase&);
  ModuleBase(ModuleBase&&) noexcept;
  ModuleBase& operator=(const ModuleBase&);
  ModuleBase& operator=(ModuleBase&&) noexcept;
  /// Whether a forward pass may depend on no other parameters than those listed in WICK_MODULE. The
  /// first call of the outermost module that records gradients looks, and throws Error for one that
  /// was forgotten; what came in through the inputs, or was computed before the call, does not
  /// count. A module that uses the parameters of another on purpose (which it refers to by pointer,
  /// say) overrides this to return false. Nothing is checked where there are hooks.
  virtual bool checks_fields() const { return true; }
  /// Every call of every module: `call` with hooks, observers and error paths around it.
  void run(detail::Call& call) const;
  [[noreturn]] void no_forward() const;
  /// Throws TypeError unless forward takes that many tensors.
  void check_count(size_t given, size_t fewest, size_t most) const;

 private:
  [[noreturn]] void wrong_type(const std::type_info& wanted) const;
  friend class FirstPass;  // src/nn/first_pass.h
  void run_hooked(detail::Call& call) const;
  void run_watched(detail::Call& call) const;
  void run_first(detail::Call& call) const;
  void add_state(StateDict& state, const std::string& prefix) const;
  void run_load_pre_hooks(StateDict& state);
  void run_load_hooks(const LoadReport& report);
  const std::shared_ptr<Hooks>& hooks();
  void require_layer(std::string_view function) const;

  bool training_ = true;
  mutable wick::detail::Once fields_checked_;
  std::shared_ptr<Hooks> hooks_;  // null while there are none
};

/// Runs `module` on `x` and throws Error if the result depends on a parameter that is not among
/// named_parameters(): a field that was forgotten in WICK_MODULE. Parameters of `x`'s own history
/// do not count. The first forward pass that records gradients does this by itself, once for every
/// outermost module.
WICK_API void check_fields(const ModuleBase& module, const Tensor& x);

}  // namespace wick::nn
