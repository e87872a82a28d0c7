/// \file
/// Sequential, ModuleList, ModuleDict, Repeat and Residual: modules made of other modules.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include "wick/nn/container_of.h"
#include "wick/nn/option.h"

namespace wick::nn {

/// Runs its modules in order; itself a module, so it nests as deep as one likes. Parameters are
/// named by index ("0.weight") or by the given name. Without modules it returns its input. A linear
/// layer, its activation and the next linear layer run in one pass where no gradient is recorded
/// and no hook looks at them (see wick/fused/forward.h). Prints as PyTorch's
/// (https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html).
///
///     nn::Sequential net{nn::Linear(4, 8), nn::GELU(), nn::Linear(8, 2)};
///     nn::Sequential named{{"fc", nn::Linear(4, 8)}, {"act", nn::ReLU()}};
///
/// Braces make the modules from left to right, so that a seed gives PyTorch's weights; with
/// parentheses C++ leaves the order open. One Sequential alone is copied, `append(inner)` nests it.
class WICK_API Sequential : public LayerContainer {
 public:
  Sequential() = default;
  template <class... Ms>
  requires(sizeof...(Ms) > 0 && (std::constructible_from<AnyLayer, Ms> && ...) &&
           !(sizeof...(Ms) == 1 && (std::same_as<std::remove_cvref_t<Ms>, Sequential> &&
                                    ...))) explicit Sequential(Ms&&... modules) {
    (append(AnyLayer(std::forward<Ms>(modules))), ...);
  }
  /// Throws ValueError for a name that is empty, has a dot, or is there twice.
  Sequential(std::initializer_list<NamedLayer> modules);
  /// The modules in order, named by index. Throws TypeError for one that has not one tensor in and
  /// one out.
  explicit Sequential(std::vector<AnyModule> modules);

  /// What the last module gives; throws what they throw, with the module's name in front.
  Tensor forward(const Tensor& x) const override;

  /// Adds `module` at the end, under its index or under `name`; throws ValueError for a name that
  /// is empty, has a dot, or is taken.
  Sequential& append(AnyLayer module);
  Sequential& append(std::string name, AnyLayer module);
  /// Puts `module` before position `index` (negative: from the end); throws IndexError.
  Sequential& insert(int64_t index, AnyLayer module);
  /// Appends copies of the modules of `other`.
  Sequential& extend(const Sequential& other);
  /// Takes the module at `index` out; throws IndexError.
  Sequential& erase(int64_t index);

  std::string_view type_name() const override { return "Sequential"; }
  std::unique_ptr<ModuleBase> clone() const override;
};

/// Modules of any kind in a list, for a forward of one's own; calling the list itself throws.
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

  /// append, insert and extend work as Sequential's.
  ModuleList& append(AnyModule module);
  ModuleList& insert(int64_t index, AnyModule module);
  ModuleList& extend(const ModuleList& other);

  std::string_view type_name() const override { return "ModuleList"; }
  std::unique_ptr<ModuleBase> clone() const override;
};

/// Modules of any kind by name, in the order they were added; calling the dict itself throws.
///
///     nn::ModuleDict acts{{"relu", nn::ReLU()}, {"tanh", nn::Tanh()}};
///     acts["relu"](x);
class WICK_API ModuleDict : public ModuleContainer {
 public:
  ModuleDict() = default;
  /// Throws ValueError for a name that is empty, has a dot, or is there twice.
  ModuleDict(std::initializer_list<NamedModule> modules);

  /// Adds `module`, or replaces the one of that name; throws ValueError for a name that is empty or
  /// has a dot.
  ModuleDict& insert(std::string name, AnyModule module);
  /// Takes a module out; throws IndexError if there is none of that name.
  ModuleDict& erase(std::string_view name);

  std::string_view type_name() const override { return "ModuleDict"; }
  std::unique_ptr<ModuleBase> clone() const override;
};

/// x + f(x), with a module f of any kind (He et al. 2015). Its parameters are those of f under
/// "layer.".
///
///     nn::Residual block(nn::Sequential(nn::LayerNorm(64), nn::Linear(64, 64)));
struct WICK_API Residual : Module {
  explicit Residual(AnyLayer f) : layer(std::move(f)) {}
  /// Throws ShapeError if f(x) has another shape than x.
  Tensor forward(const Tensor& x) const override;

  AnyModule layer;
  WICK_MODULE(Residual, layer)
};

/// The same kind of layer several times, one after the other: "0.", "1.", ... A stack of blocks.
///
///     nn::Repeat(6, nn::FeedForward(512));                          // six copies: equal weights
///     nn::Repeat(6, [] { return nn::FeedForward(512); });  // weights of their own
class WICK_API Repeat : public LayerContainer {
 public:
  /// Throws OptionError for negative `times`.
  Repeat(int64_t times, const AnyLayer& layer);
  /// Calls `make` for each of them; throws OptionError for negative `times`, ValueError for an
  /// empty function.
  Repeat(int64_t times, const Callback<AnyModule()>& make);

  /// What the last layer gives; x itself for none. Runs in one pass what Sequential does.
  Tensor forward(const Tensor& x) const override;

  std::string_view type_name() const override { return "Repeat"; }
  std::unique_ptr<ModuleBase> clone() const override;
};

}  // namespace wick::nn
