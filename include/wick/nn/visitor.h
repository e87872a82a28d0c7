/// \file
/// Parameter and Buffer, the tensors that modules own; Visitor, one pass over the fields of a
/// module; and the macros that name those fields, once.
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

#include "wick/tensor.h"

namespace wick::nn {

class Module;
class AnyModule;
struct NamedModule;

/// Modules may stand inside of one another this deep; what is nested deeper can be built, moved and
/// destroyed, but calling, visiting, copying or printing it throws Error.
inline constexpr int64_t max_module_nesting = 1'000;

/// A tensor that a module owns but does not train, such as running statistics. Copying a Buffer
/// copies its elements, moving it keeps them; slicing it to a Tensor gives a handle on them.
class WICK_API Buffer : public Tensor {
 public:
  using wick_printable = void;

  Buffer() = default;
  /// Owns the elements of `t`, without its history.
  Buffer(const Tensor& t);
  /// A copy of the elements. Within the copy of a module, fields that are tied to one another give
  /// one copy: see Module.
  Buffer(const Buffer& other);
  Buffer(Buffer&&) noexcept = default;
  /// Copies the elements, and whether gradients are wanted, into the tensor that is here, so that
  /// handles on it (an optimizer's) stay good. The tensor is replaced by a copy where the two
  /// differ in shape, dtype or device, or where this one cannot be written to.
  Buffer& operator=(const Buffer& other);
  /// Takes over the tensor of `other`, and with it the handles on that one. So does a tensor that
  /// no module owns, `fc.weight = from_blob(..)`, as nn.Parameter(tensor) does in PyTorch: an
  /// optimizer that was made before has the old one. `fc.weight.detach().copy_(tensor)` writes into
  /// it.
  Buffer& operator=(Buffer&&) noexcept = default;
  ~Buffer() = default;

  /// Ties this buffer to `other`: both are the same tensor from now on, that of `other`. Throws
  /// ValueError if `other` is undefined, ShapeError if this one has another shape.
  Buffer& share(const Buffer& other);
};

/// A tensor that a module owns and trains: a Buffer that requires gradients (if its dtype can).
/// Prints as `Parameter containing:` and the tensor.
class WICK_API Parameter : public Buffer {
 public:
  Parameter() = default;
  Parameter(const Tensor& t);

  /// Ties this parameter to `other`: both are the same tensor from now on, that of `other`. Tie
  /// before the optimizer is made, which keeps handles on the tensors that it was given. A tied
  /// parameter is listed, clipped and stepped once, stands in the state dict under every name, and
  /// stays tied when the module is copied, assigned, converted or loaded into. Throws ValueError if
  /// `other` is undefined, ShapeError if this one has another shape.
  ///
  ///     head.weight.share(wte.weight);
  Parameter& share(const Parameter& other);

  std::string to_string() const;
};

class Visitor;

namespace detail {

/// Counts how deep visits are nested on this thread; throws Error beyond max_module_nesting.
class WICK_API VisitScope {
 public:
  VisitScope();
  ~VisitScope();
  VisitScope(const VisitScope&) = delete;
  VisitScope& operator=(const VisitScope&) = delete;
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
      "nn::AnyModule, a std::vector of modules or AnyModules, a struct with WICK_OPTIONS, "
      "and as options bool, int64_t (for int), double (for float), std::string, Shape, "
      "std::optional<int64_t>, std::optional<double>; leave other fields out");
}

/// What WICK_MODULE writes for Module::assign.
template <class T, class M = Module>  // which is not complete yet
bool assign(T& to, const M& from) {
  if constexpr (std::is_copy_assignable_v<T>) {
    if (typeid(to) != typeid(T) || typeid(from) != typeid(T)) return false;
    to = static_cast<const T&>(from);
    return true;
  }
  return false;
}

}  // namespace detail

/// One pass over the fields of a module, or of an options struct, in the order in which they are
/// listed. Every feature that concerns a whole tree of modules (state_dict, train, to, printing,
/// JSON) is a Visitor in one file.
class WICK_API Visitor {
 public:
  /// A field that configures a module.
  using Option = std::variant<bool*, int64_t*, double*, std::string*, Shape*,
                              std::optional<int64_t>*, std::optional<double>*>;

  virtual ~Visitor();
  virtual void parameter(std::string_view name, Parameter& value);
  virtual void buffer(std::string_view name, Buffer& value);
  virtual void option(std::string_view name, Option value);
  virtual void child(std::string_view name, Module& module);
  /// A vector of modules; unless overridden, each is a child called "name.0", "name.1", ...
  virtual void list(std::string_view name, std::span<Module* const> modules);
  /// A module of any type that may be replaced; a child, unless overridden. In an options struct it
  /// is a layer that the model file describes.
  virtual void any(std::string_view name, AnyModule& module);
  /// Modules with names of their own; unless overridden, each is a child under its own name.
  virtual void layers(std::string_view name, std::vector<NamedModule>& modules);

  void operator()(std::string_view name, Parameter& value) { parameter(name, value); }
  void operator()(std::string_view name, Buffer& value) { buffer(name, value); }
  void operator()(std::string_view name, Module& module) { child(name, module); }
  void operator()(std::string_view name, AnyModule& module) { any(name, module); }
  void operator()(std::string_view name, std::vector<NamedModule>& modules) {
    layers(name, modules);
  }
  /// A Tensor says nothing about its role: make the field a Parameter or a Buffer.
  void operator()(std::string_view name, Tensor& value) = delete;
  template <class M>
  requires std::derived_from<M, Module> || std::same_as<M, AnyModule>
  void operator()(std::string_view name, std::vector<M>& modules) {
    list_of(name, modules.data(), modules.size(), [](void* first, size_t i) -> Module* {
      M& m = static_cast<M*>(first)[i];
      if constexpr (std::same_as<M, AnyModule>)
        return m.has_value() ? m.get() : nullptr;
      else
        return &m;
    });
  }
  void operator()(std::string_view name, bool& value);
  void operator()(std::string_view name, int64_t& value);
  void operator()(std::string_view name, double& value);
  void operator()(std::string_view name, std::string& value);
  void operator()(std::string_view name, Shape& value);
  void operator()(std::string_view name, std::optional<int64_t>& value);
  void operator()(std::string_view name, std::optional<double>& value);
  /// An Options struct: its fields are visited in its place.
  template <class T>
  requires(!std::derived_from<T, Module>) && requires(T& t, Visitor& v) { t.visit(v); }
  void operator()(std::string_view, T& options) { options.visit(*this); }

  /// each("a, b", a, b) visits every field under its own name (without a trailing underscore).
  template <class... Fields>
  void each([[maybe_unused]] std::string_view names, Fields&... fields) {
    const detail::VisitScope scope;
    if constexpr ((detail::Field<Fields> && ...))
      ((*this)(next_name(names), fields), ...);
    else
      (detail::require_field<Fields>(), ...);
  }

 protected:
  /// Leaves AnyModules out whose module was moved out; otherwise they throw.
  bool skips_empty_ = false;

 private:
  void list_of(std::string_view name, void* first, size_t count, Module* (*at)(void*, size_t));
  static std::string_view next_name(std::string_view& names);
};

}  // namespace wick::nn

/// Names the fields of an options struct, once. Options structs stand at namespace scope, and every
/// field has a default:
/// `struct DropoutOptions { double p = 0.5; bool inplace = false; WICK_OPTIONS(p, inplace) };`
#define WICK_OPTIONS(...)                                      \
  void visit(::wick::nn::Visitor& visitor_) {                  \
    visitor_.each("" #__VA_ARGS__ __VA_OPT__(, ) __VA_ARGS__); \
  }

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
  std::unique_ptr<::wick::nn::Module> clone() const override {           \
    return std::unique_ptr<::wick::nn::Module>(new Type(*this));         \
  }                                                                      \
  bool assign(const ::wick::nn::Module& other_) override {               \
    return ::wick::nn::detail::assign<Type>(*this, other_);              \
  }                                                                      \
  void visit(::wick::nn::Visitor& visitor_) override {                   \
    visitor_.each("" #__VA_ARGS__ __VA_OPT__(, ) __VA_ARGS__);           \
  }
