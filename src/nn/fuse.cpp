#include "nn/fuse.h"

#include <typeinfo>

#include "nn/call_observer.h"
#include "wick/nn/activation.h"
#include "wick/nn/dropout.h"

namespace wick::nn {
namespace {

/// `module` as an M; null for other types, derived ones among them, and where hooks want to run.
template <class M>
const M* plain(const ModuleBase& module) {
  if (typeid(module) != typeid(M) || module.has_hooks()) return nullptr;
  return static_cast<const M*>(&module);
}

std::optional<Activation> activation_of(const ModuleBase& module) {
  if (const auto* gelu = plain<GELU>(module)) {
    if (gelu->options.approximate == "none") return Activation::gelu;
    if (gelu->options.approximate == "tanh") return Activation::gelu_tanh;
    return std::nullopt;  // changed by hand: the layer says what is wrong
  }
  if (plain<ReLU>(module)) return Activation::relu;
  if (plain<SiLU>(module)) return Activation::silu;
  if (plain<Sigmoid>(module)) return Activation::sigmoid;
  if (plain<Tanh>(module)) return Activation::tanh;
  return std::nullopt;
}

/// Whether the module returns its input.
bool passes_through(const ModuleBase& module) {
  if (plain<Identity>(module)) return true;
  const auto* dropout = plain<Dropout>(module);
  // A probability that was changed by hand to none at all is for the layer to refuse.
  return dropout && (dropout->options.p == 0 ||
                     (!dropout->training() && dropout->options.p > 0 && dropout->options.p <= 1));
}

LinearArguments arguments(const Linear& linear) { return {linear.weight, linear.bias}; }

bool is_watched() { return CallObserver::current() != nullptr; }

}  // namespace

size_t run_fused(std::span<const NamedModule> layers, Tensor& x) {
  if (layers.size() < 2 || is_watched()) return 0;
  const auto* first = plain<Linear>(*layers[0].module);
  if (!first || !first->weight.defined()) return 0;  // the layer says what is missing
  const auto activation = activation_of(*layers[1].module);
  if (!activation) return 0;
  size_t next = 2;
  while (next < layers.size() && passes_through(*layers[next].module)) ++next;
  if (next < layers.size())
    if (const auto* second = plain<Linear>(*layers[next].module);
        second && second->weight.defined()) {
      Tensor y = fused_feed_forward(x, arguments(*first), *activation, arguments(*second));
      if (y.defined()) {
        x = std::move(y);
        return next + 1;
      }
    }
  Tensor y = fused_linear_activation(x, arguments(*first), *activation);
  if (!y.defined()) return 0;
  x = std::move(y);
  return next;
}

Tensor run_fused(const Linear& first, const ModuleBase& activation, const ModuleBase& dropout,
                 const Linear& second, const Tensor& x) {
  if (is_watched() || !plain<Linear>(first) || !plain<Linear>(second) || !passes_through(dropout))
    return {};
  const auto function = activation_of(activation);
  if (!function || !first.weight.defined() || !second.weight.defined()) return {};
  return fused_feed_forward(x, arguments(first), *function, arguments(second));
}

}  // namespace wick::nn
