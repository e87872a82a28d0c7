/// \file
/// Sequential, ModuleList, ModuleDict, Repeat and Residual: modules made of other modules.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include "wick/nn/any_module.h"
#include "wick/nn/option.h"

namespace wick::nn {

/// A module and what it is called. `{"fc1", Linear(3, 4)}`, or a module alone, whose name is then
/// its index.
struct NamedModule {
  std::string name;
  AnyModule module;
};

/// What the containers share: modules in order, under unique names. One that was moved from throws
/// where it is called, looked into or saved, until something is put into it.
class WICK_API ModuleContainer : public Module {
 public:
  ModuleContainer(const ModuleContainer&) = default;
  ModuleContainer(ModuleContainer&& other) noexcept;
  /// Assigns to the modules that have the same name and type, and copies the others.
  ModuleContainer& operator=(const ModuleContainer& other);
  ModuleContainer& operator=(ModuleContainer&& other) noexcept;
  ~ModuleContainer() override;

  size_t size() const { return items().size(); }  ///< how many modules
  bool empty() const { return items().empty(); }
  /// By position, counted from the end when negative; throws IndexError.
  template <std::integral Int>
  Module& operator[](Int index) {
    return *item(position(index)).module;
  }
  template <std::integral Int>
  const Module& operator[](Int index) const {
    return *item(position(index)).module;
  }
  /// By name; throws IndexError with the nearest names.
  Module& operator[](std::string_view name) { return *item(name).module; }
  const Module& operator[](std::string_view name) const { return *item(name).module; }
  Module& operator[](const char* name) { return (*this)[std::string_view(name)]; }
  const Module& operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  bool contains(std::string_view name) const;  ///< whether there is a module of that name
  /// Iterates over the NamedModules.
  auto begin() { return items().begin(); }
  auto end() { return items().end(); }
  auto begin() const { return items().begin(); }
  auto end() const { return items().end(); }
  void clear();  ///< takes all modules out

  /// Shows the modules to a Visitor, as WICK_MODULE does for fields.
  void visit(Visitor& visitor) override;
  bool assign(const Module& other) override;

 protected:
  ModuleContainer();
  /// size(), and 0 if the modules were moved out.
  size_t count() const { return items_.size(); }
  /// Throws Error if the modules were moved out.
  std::vector<NamedModule>& items();
  const std::vector<NamedModule>& items() const;
  /// Runs the modules one after the other.
  Tensor run_in_order(const Tensor& x) const;
  /// Throws ValueError for a name that is empty, has a dot, or is taken.
  void add(std::string name, AnyModule module);
  /// Adds under the next number, which is free where all names are numbers.
  void add_last(AnyModule module);
  void add_at(int64_t index, AnyModule module);
  /// Takes a module out; those after it move up, and so do names that are numbers.
  void remove(int64_t index);
  /// Takes a module out; the other names stay.
  void remove(std::string_view name);
  void set(std::string name, AnyModule module);
  NamedModule& item(int64_t index);
  const NamedModule& item(int64_t index) const;
  const NamedModule& item(std::string_view name) const;
  NamedModule& item(std::string_view name);

 private:
  /// An unsigned number beyond int64 is out of range, and not a position from the end.
  template <std::integral Int>
  static constexpr int64_t position(Int index) {
    if constexpr (std::unsigned_integral<Int> && sizeof(Int) >= sizeof(int64_t))
      if (index > static_cast<Int>(INT64_MAX)) return INT64_MAX;
    return static_cast<int64_t>(index);
  }
  /// Names that are numbers follow the positions, as in PyTorch.
  void renumber();

  std::vector<NamedModule> items_;
  bool moved_ = false;  // the modules were moved out, and none was put in since
};

/// Runs its modules in order; itself a module, so it nests as deep as one likes. Parameters are
/// named by index ("0.weight") or by the given name. Without modules it returns its input. A linear
/// layer, its activation and the next linear layer run in one pass where no gradient is recorded
/// and no hook looks at them (see wick/fused_forward.h). Prints as PyTorch's
/// (https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html).
///
///     nn::Sequential net{nn::Linear(4, 8), nn::GELU(), nn::Linear(8, 2)};
///     nn::Sequential named{{"fc", nn::Linear(4, 8)}, {"act", nn::ReLU()}};
///
/// Braces make the modules from left to right, so that a seed gives PyTorch's weights; with
/// parentheses C++ leaves the order open. One Sequential alone is copied, `append(inner)` nests it.
class WICK_API Sequential : public ModuleContainer {
 public:
  Sequential() = default;
  template <class... Ms>
  requires(sizeof...(Ms) > 0 && (std::constructible_from<AnyModule, Ms> && ...) &&
           !(sizeof...(Ms) == 1 && (std::same_as<std::remove_cvref_t<Ms>, Sequential> &&
                                    ...))) explicit Sequential(Ms&&... modules) {
    (append(AnyModule(std::forward<Ms>(modules))), ...);
  }
  /// Throws ValueError for a name that is empty, has a dot, or is there twice.
  Sequential(std::initializer_list<NamedModule> modules);
  /// The modules in order, named by index.
  explicit Sequential(std::vector<AnyModule> modules);

  /// What the last module gives; throws what they throw, with the module's name in front.
  Tensor forward(const Tensor& x) const override;

  /// Adds `module` at the end, under its index or under `name`; throws ValueError for a name that
  /// is empty, has a dot, or is taken.
  Sequential& append(AnyModule module);
  Sequential& append(std::string name, AnyModule module);
  /// Puts `module` before position `index` (negative: from the end); throws IndexError.
  Sequential& insert(int64_t index, AnyModule module);
  /// Appends copies of the modules of `other`.
  Sequential& extend(const Sequential& other);
  /// Takes the module at `index` out; throws IndexError.
  Sequential& erase(int64_t index);

  std::string_view type_name() const override { return "Sequential"; }
  std::unique_ptr<Module> clone() const override;
};

/// Modules in a list, for a forward of one's own; calling the list itself throws.
///
///     nn::ModuleList blocks{nn::Linear(4, 4), nn::Linear(4, 4)};
///     for (auto& [name, block] : blocks) x = block(x);
class WICK_API ModuleList : public ModuleContainer {
 public:
  ModuleList() = default;
  template <class... Ms>
  requires(sizeof...(Ms) > 0 && (std::constructible_from<AnyModule, Ms> && ...) &&
           !(sizeof...(Ms) == 1 && (std::same_as<std::remove_cvref_t<Ms>, ModuleList> &&
                                    ...))) explicit ModuleList(Ms&&... modules) {
    (append(AnyModule(std::forward<Ms>(modules))), ...);
  }
  /// The modules in order, named by index.
  explicit ModuleList(std::vector<AnyModule> modules);

  /// Always throws Error: a list does not say how its modules are used.
  Tensor forward(const Tensor& x) const override;
  /// append, insert and extend work as Sequential's.
  ModuleList& append(AnyModule module);
  ModuleList& insert(int64_t index, AnyModule module);
  ModuleList& extend(const ModuleList& other);

  std::string_view type_name() const override { return "ModuleList"; }
  std::unique_ptr<Module> clone() const override;
};

/// Modules by name, in the order they were added; calling the dict itself throws.
///
///     nn::ModuleDict acts{{"relu", nn::ReLU()}, {"tanh", nn::Tanh()}};
///     acts["relu"](x);
class WICK_API ModuleDict : public ModuleContainer {
 public:
  ModuleDict() = default;
  /// Throws ValueError for a name that is empty, has a dot, or is there twice.
  ModuleDict(std::initializer_list<NamedModule> modules);

  /// Always throws Error: a dict does not say how its modules are used.
  Tensor forward(const Tensor& x) const override;
  /// Adds `module`, or replaces the one of that name; throws ValueError for a name that is empty or
  /// has a dot.
  ModuleDict& insert(std::string name, AnyModule module);
  /// Takes a module out; throws IndexError if there is none of that name.
  ModuleDict& erase(std::string_view name);

  std::string_view type_name() const override { return "ModuleDict"; }
  std::unique_ptr<Module> clone() const override;
};

/// x + f(x), with a module f of any kind (He et al. 2015). Its parameters are those of f under
/// "layer.".
///
///     nn::Residual block(nn::Sequential(nn::LayerNorm(64), nn::Linear(64, 64)));
struct WICK_API Residual : Module {
  explicit Residual(AnyModule f) : layer(std::move(f)) {}
  /// Throws ShapeError if f(x) has another shape than x.
  Tensor forward(const Tensor& x) const override;

  AnyModule layer;
  WICK_MODULE(Residual, layer)
};

/// The same kind of layer several times, one after the other: "0.", "1.", ... A stack of blocks.
///
///     nn::Repeat(6, nn::FeedForward(512));                          // six copies: equal weights
///     nn::Repeat(6, [] { return nn::AnyModule(nn::FeedForward(512)); });  // weights of their own
class WICK_API Repeat : public ModuleContainer {
 public:
  /// Throws OptionError for negative `times`.
  Repeat(int64_t times, const AnyModule& layer);
  /// Calls `make` for each of them; throws OptionError for negative `times`, ValueError for an
  /// empty function.
  Repeat(int64_t times, const Callback<AnyModule()>& make);

  /// What the last layer gives; x itself for none. Runs in one pass what Sequential does.
  Tensor forward(const Tensor& x) const override;

  std::string_view type_name() const override { return "Repeat"; }
  std::unique_ptr<Module> clone() const override;
};

}  // namespace wick::nn
