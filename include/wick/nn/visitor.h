/// \file
/// Visitor, one pass over the fields of a module, and the macros that name those fields, once.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "wick/nn/parameter.h"
#include "wick/options.h"

namespace wick::nn {

using wick::option;
using wick::OptionField;
using wick::OptionRules;

class ModuleBase;
class AnyModule;
struct NamedModule;

/// Modules may stand inside of one another this deep; what is nested deeper can be built, moved and
/// destroyed, but calling, visiting, copying or printing it throws Error.
inline constexpr int64_t max_module_nesting = 1'000;

/// An option that is a word or a list of integers, such as Conv2d's padding: "same" or {1, 2}.
using StringOrShape = std::variant<std::string, Shape>;

class Visitor;

namespace detail {

template <class... T>
struct Kinds {
  using Pointers = std::variant<T*...>;
  using ConstPointers = std::variant<const T*...>;
  template <class U>
  static constexpr bool has = (std::is_same_v<T, U> || ...);
};
/// The types that options may have.
using OptionKinds =
    Kinds<bool, int64_t, double, std::string, Shape, std::optional<int64_t>, std::optional<double>,
          std::optional<bool>, std::optional<Shape>, std::vector<double>,
          std::vector<std::optional<int64_t>>, StringOrShape, DType>;

/// Counts how deep visits are nested on this thread; throws Error beyond max_module_nesting.
class WICK_API VisitScope {
 public:
  VisitScope();
  ~VisitScope();
  VisitScope(const VisitScope&) = delete;
  VisitScope& operator=(const VisitScope&) = delete;
};

/// Sets the rules of the option that is visited, while it lives.
class RulesScope {
 public:
  RulesScope(const OptionRules*& place, const OptionRules* rules) : place_(place) { place = rules; }
  ~RulesScope() { place_ = nullptr; }
  RulesScope(const RulesScope&) = delete;
  RulesScope& operator=(const RulesScope&) = delete;

 private:
  const OptionRules*& place_;
};

/// What WICK_MODULE and WICK_OPTIONS can list.
template <class T, class V = Visitor>
concept Field = requires(V& visitor, T& field) {
  visitor(std::string_view(), field);
};

template <class T>
void require_field() {
  static_assert(
      Field<T>,
      "WICK_MODULE and WICK_OPTIONS list fields of these types only: nn::Parameter, "
      "nn::Buffer (a Tensor does not say which of the two it is), a module, "
      "nn::AnyModule, a std::vector of modules, AnyModules or NamedParameters, a struct with "
      "WICK_OPTIONS, "
      "and as options, alone or in nn::option(..), bool, int64_t (for int), double (for float), "
      "std::string, Shape, DType, std::optional of bool, int64_t, double or Shape, "
      "std::vector<double>, std::vector<std::optional<int64_t>>, nn::StringOrShape; leave other "
      "fields out");
}

/// What WICK_MODULE writes for Module::assign.
template <class T, class M = ModuleBase>  // which is not complete yet
bool assign(T& to, const M& from) {
  if constexpr (std::is_copy_assignable_v<T>) {
    if (typeid(to) != typeid(T) || typeid(from) != typeid(T)) return false;
    to = static_cast<const T&>(from);
    return true;
  }
  return false;
}

/// What WICK_MODULE writes for ModuleBase::input_names.
template <class T>
std::span<const char* const> names_of() {
  if constexpr (requires { std::span<const char* const>(T::inputs); })
    return T::inputs;
  else
    return {};
}

}  // namespace detail

/// One pass over the fields of a module, or of an options struct, in the order in which they are
/// listed. Every feature that concerns a whole tree of modules (state_dict, train, to, printing,
/// JSON) is a Visitor in one file.
class WICK_API Visitor {
 public:
  /// A field that configures a module.
  using Option = detail::OptionKinds::Pointers;

  virtual ~Visitor();
  virtual void parameter(std::string_view name, Parameter& value);
  virtual void buffer(std::string_view name, Buffer& value);
  /// Parameters with names of their own; unless overridden, each is a parameter under its name.
  virtual void parameters(std::string_view name, std::vector<NamedParameter>& values);
  /// rules() says what is said of it in WICK_OPTIONS.
  virtual void option(std::string_view name, Option value);
  virtual void child(std::string_view name, ModuleBase& module);
  /// A vector of modules; unless overridden, each is a child called "name.0", "name.1", ...
  virtual void list(std::string_view name, std::span<ModuleBase* const> modules);
  /// A module of any type that may be replaced; a child, unless overridden. In an options struct it
  /// is a layer that the model file describes.
  virtual void any(std::string_view name, AnyModule& module);
  /// Modules with names of their own; unless overridden, each is a child under its own name.
  virtual void layers(std::string_view name, std::vector<NamedModule>& modules);

  void operator()(std::string_view name, Parameter& value) { parameter(name, value); }
  void operator()(std::string_view name, Buffer& value) { buffer(name, value); }
  void operator()(std::string_view name, std::vector<NamedParameter>& values) {
    parameters(name, values);
  }
  void operator()(std::string_view name, ModuleBase& module) { child(name, module); }
  void operator()(std::string_view name, AnyModule& module) { any(name, module); }
  void operator()(std::string_view name, std::vector<NamedModule>& modules) {
    layers(name, modules);
  }
  /// A Tensor says nothing about its role: make the field a Parameter or a Buffer.
  void operator()(std::string_view name, Tensor& value) = delete;
  template <class M>
  requires std::derived_from<M, ModuleBase> || std::same_as<M, AnyModule>
  void operator()(std::string_view name, std::vector<M>& modules) {
    list_of(name, modules.data(), modules.size(), [](void* first, size_t i) -> ModuleBase* {
      M& m = static_cast<M*>(first)[i];
      if constexpr (std::same_as<M, AnyModule>)
        return m.has_value() ? m.get() : nullptr;
      else
        return &m;
    });
  }
  template <class T>
  requires detail::OptionKinds::has<T>
  void operator()(std::string_view name, T& value) { option(name, &value); }
  /// An option with its rules.
  template <class T>
  void operator()(std::string_view name, OptionField<T>& option) {
    const detail::RulesScope scope(rules_, &option.rules);
    (*this)(name, option.field);
  }
  /// An Options struct: its fields are visited in its place.
  template <class T>
  requires(!std::derived_from<T, ModuleBase>) && requires(T& t, Visitor& v) { t.visit(v); }
  void operator()(std::string_view, T& options) { options.visit(*this); }

  /// each("a, option(b).at_least(0)", a, option(b).at_least(0)) visits every field under its own
  /// name (without a trailing underscore).
  template <class... Fields>
  void each([[maybe_unused]] std::string_view names, Fields&&... fields) {
    const detail::VisitScope scope;
    if constexpr ((detail::Field<std::remove_reference_t<Fields>> && ...))
      ((*this)(wick::detail::next_name(names), fields), ...);
    else
      (detail::require_field<std::remove_reference_t<Fields>>(), ...);
  }

 protected:
  friend class ModuleBase;
  /// Of the option that is visited; none at other times.
  const OptionRules& rules() const;
  /// Leaves AnyModules out whose module was moved out; otherwise they throw.
  bool skips_empty_ = false;

 private:
  void list_of(std::string_view name, void* first, size_t count, ModuleBase* (*at)(void*, size_t));

  const OptionRules* rules_ = nullptr;
};

/// A Visitor that only reads, for `const` modules: see Visitor for what is shown to it, and
/// ModuleBase::inspect.
class WICK_API ConstVisitor {
 public:
  /// A field that configures a module.
  using Option = detail::OptionKinds::ConstPointers;

  virtual ~ConstVisitor();
  virtual void parameter(std::string_view name, const Parameter& value);
  virtual void buffer(std::string_view name, const Buffer& value);
  virtual void option(std::string_view name, Option value);
  virtual void child(std::string_view name, const ModuleBase& module);
  /// A vector of modules; unless overridden, each is a child called "name.0", "name.1", ...
  virtual void list(std::string_view name, std::span<const ModuleBase* const> modules);
  /// A child, unless overridden.
  virtual void any(std::string_view name, const AnyModule& module);
  /// Unless overridden, each is a child under its own name.
  virtual void layers(std::string_view name, const std::vector<NamedModule>& modules);

 protected:
  /// Of the option that is visited; none at other times.
  const OptionRules& rules() const;
  friend class ModuleBase;
  /// Leaves AnyModules out whose module was moved out; otherwise they throw.
  bool skips_empty_ = false;

 private:
  const OptionRules* rules_ = nullptr;
};

}  // namespace wick::nn

/// Names a module and its fields, once, at the end of the struct:
/// `WICK_MODULE(FeedForward, linear1, dropout, activation, linear2)`.
/// The type of a field says its role: Parameter, Buffer, Module, AnyModule, a vector of modules, an
/// Options struct, or a number, string or Shape that is an option. A type derived from a layer
/// lists the fields of that layer as well; hold a container such as Sequential as a field instead
/// of deriving from it. A parameter that is not listed is found by the first forward pass that
/// records gradients: see Module::checks_fields.
#define WICK_MODULE(Type, ...)                                           \
 public:                                                                 \
  static constexpr std::string_view static_type_name() { return #Type; } \
  std::string_view type_name() const override { return #Type; }          \
  std::unique_ptr<::wick::nn::ModuleBase> clone() const override {       \
    return std::unique_ptr<::wick::nn::ModuleBase>(new Type(*this));     \
  }                                                                      \
  bool assign(const ::wick::nn::ModuleBase& other_) override {           \
    return ::wick::nn::detail::assign<Type>(*this, other_);              \
  }                                                                      \
  std::span<const char* const> input_names() const override {            \
    return ::wick::nn::detail::names_of<Type>();                         \
  }                                                                      \
  void visit(::wick::nn::Visitor& visitor_) override {                   \
    visitor_.each("" #__VA_ARGS__ __VA_OPT__(, ) __VA_ARGS__);           \
  }
