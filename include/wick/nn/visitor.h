/// \file
/// Parameter and Buffer, the tensors that modules own; Visitor, one pass over the fields of a
/// module; and the macros that name those fields, once.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "wick/tensor.h"

namespace wick::nn {

class Module;
class AnyModule;
struct NamedModule;

/// A tensor that a module owns but does not train, such as running statistics. Copying a Buffer
/// copies its elements; slicing it to a Tensor gives a handle on them.
class WICK_API Buffer : public Tensor {
 public:
  using wick_printable = void;

  Buffer() = default;
  /// Owns the elements of `t`, without its history.
  Buffer(const Tensor& t);
  Buffer(const Buffer& other);
  Buffer(Buffer&&) noexcept = default;
  Buffer& operator=(Buffer other) noexcept {
    Tensor::operator=(std::move(other));
    return *this;
  }
  ~Buffer() = default;
};

/// A tensor that a module owns and trains: a Buffer that requires gradients (if its dtype can).
/// Prints as `Parameter containing:` and the tensor.
class WICK_API Parameter : public Buffer {
 public:
  Parameter() = default;
  Parameter(const Tensor& t);

  std::string to_string() const;
};

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
        return m.get();
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
    ((*this)(next_name(names), fields), ...);
  }

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

#ifdef NDEBUG
#define WICK_CHECKS_FIELDS false
#else
#define WICK_CHECKS_FIELDS true  // the first forward pass looks for forgotten fields
#endif

/// Names a module and its fields, once, at the end of the struct:
/// `WICK_MODULE(FeedForward, linear1, dropout, activation, linear2)`.
/// The type of a field says its role: Parameter, Buffer, Module, AnyModule, a vector of modules, an
/// Options struct, or a number, string or Shape that is an option. A type derived from a layer
/// lists the fields of that layer as well; hold a container such as Sequential as a field instead
/// of deriving from it.
#define WICK_MODULE(Type, ...)                                           \
 public:                                                                 \
  static constexpr std::string_view static_type_name() { return #Type; } \
  std::string_view type_name() const override { return #Type; }          \
  std::unique_ptr<::wick::nn::Module> clone() const override {           \
    return std::unique_ptr<::wick::nn::Module>(new Type(*this));         \
  }                                                                      \
  void visit(::wick::nn::Visitor& visitor_) override {                   \
    visitor_.each("" #__VA_ARGS__ __VA_OPT__(, ) __VA_ARGS__);           \
  }                                                                      \
                                                                         \
 protected:                                                              \
  bool checks_fields() const override { return WICK_CHECKS_FIELDS; }     \
                                                                         \
 public:
