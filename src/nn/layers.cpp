#include "nn/layers.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <mutex>

#include "wick/format.h"
#include "wick/nn/activation.h"
#include "wick/nn/container.h"
#include "wick/nn/dropout.h"
#include "wick/nn/feed_forward.h"
#include "wick/nn/flatten.h"
#include "wick/nn/linear.h"
#include "wick/nn/normalization.h"

namespace wick::nn::detail {
namespace {

template <class M, auto... args>
AnyModule with() {
  return M(args...);
}

AnyModule sequential() { return Sequential(Linear(4, 8), GELU(), Linear(8, 2)); }
AnyModule feed_forward() { return FeedForward({.d_model = 4, .dim_feedforward = 8}); }
AnyModule residual() { return Residual(Linear(4, 4)); }
AnyModule repeat() { return Repeat(2, Linear(4, 4)); }

AnyModule make_sequential(Visitor& visitor) {
  std::vector<NamedModule> layers;
  visitor("layers", layers);
  return sequential_of(std::move(layers));
}

AnyModule make_residual(Visitor& visitor) {
  AnyModule layer = Identity();
  visitor("layer", layer);
  return Residual(std::move(layer));
}

AnyModule make_repeat(Visitor& visitor) {
  int64_t times = required;
  auto option = nn::option(times).between(1, max_model_repeat);
  visitor("times", option);
  // The layer is described once and visited for each time, so that each gets weights of its own.
  const auto make = [&visitor] {
    AnyModule layer = Identity();
    visitor("layer", layer);
    return layer;
  };
  std::optional<AnyModule> first = make();
  detail::check_rules("times", &times, option.rules);
  return Repeat(times, Callback<AnyModule()>([&] {
                  if (!first) return make();
                  return *std::exchange(first, std::nullopt);
                }));
}

/// Layers that were registered, by name. None goes, and nor does a text that was given once.
struct Registry {
  std::mutex mutex;
  std::map<std::string, KnownLayer, std::less<>> layers;
  std::deque<std::string> summaries;
};

Registry& registry() {
  static Registry r;
  return r;
}

}  // namespace

// One line a layer, sorted. (Layers that register themselves would vanish from a static library.)
std::span<const LayerType> layer_types() {
  static const std::array types{
      LayerType{"Dropout",
                "zeroes elements at random while training",
                make_layer<Dropout>,
                with<Dropout>,
                {2, 4}},
      LayerType{"FeedForward",
                "the feed-forward block of the Transformer",
                make_layer<FeedForward>,
                feed_forward,
                {2, 3, 4}},
      LayerType{"Flatten", "merges dimensions", make_layer<Flatten>, with<Flatten>, {2, 3, 4}},
      LayerType{
          "GELU", "x Phi(x), the Gaussian error linear unit", make_layer<GELU>, with<GELU>, {2, 4}},
      LayerType{"Identity", "returns its input", make_layer<Identity>, with<Identity>, {2, 4}},
      LayerType{"LayerNorm",
                "normalises over the last dimensions",
                make_layer<LayerNorm>,
                with<LayerNorm, 4>,
                {2, 3, 4}},
      LayerType{"Linear",
                "x W^T + b on the last dimension",
                make_layer<Linear>,
                with<Linear, 4, 3>,
                {2, 5, 4}},
      LayerType{"LogSoftmax",
                "log(softmax(x)) along a dimension",
                make_layer<LogSoftmax>,
                with<LogSoftmax, -1>,
                {2, 4}},
      LayerType{"ReLU", "max(x, 0)", make_layer<ReLU>, with<ReLU>, {2, 4}},
      LayerType{"Repeat",
                "a layer several times, each with its own weights",
                make_repeat,
                repeat,
                {2, 4}},
      LayerType{"Residual", "x + layer(x)", make_residual, residual, {2, 4}},
      LayerType{"Sequential", "layers one after the other", make_sequential, sequential, {2, 4}},
      LayerType{"SiLU", "x sigmoid(x), also called swish", make_layer<SiLU>, with<SiLU>, {2, 4}},
      LayerType{"Sigmoid", "1 / (1 + exp(-x))", make_layer<Sigmoid>, with<Sigmoid>, {2, 4}},
      LayerType{"Softmax",
                "exp(x) / sum(exp(x)) along a dimension",
                make_layer<Softmax>,
                with<Softmax, -1>,
                {2, 4}},
      LayerType{"Tanh", "the hyperbolic tangent", make_layer<Tanh>, with<Tanh>, {2, 4}},
  };
  return types;
}

Sequential sequential_of(std::vector<NamedModule> layers) {
  struct Fill : Visitor {
    std::vector<NamedModule> modules;
    void layers(std::string_view, std::vector<NamedModule>& to) override {
      to = std::move(modules);
    }
  } fill;
  fill.modules = std::move(layers);
  Sequential result;
  result.visit(fill);
  return result;
}

std::vector<KnownLayer> known_layers() {
  std::vector<KnownLayer> result;
  for (const LayerType& type : layer_types())
    result.push_back({type.name, type.summary, type.make});
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  for (const auto& [name, layer] : r.layers) result.push_back(layer);
  std::sort(result.begin(), result.end(),
            [](const KnownLayer& a, const KnownLayer& b) { return a.name < b.name; });
  return result;
}

namespace {

/// The layer of the library called `name`, or null.
const LayerType* own_layer(std::string_view name) {
  const auto types = layer_types();
  const auto found = std::lower_bound(
      types.begin(), types.end(), name,
      [](const LayerType& type, std::string_view wanted) { return type.name < wanted; });
  return found != types.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

std::optional<KnownLayer> find_layer(std::string_view name) {
  if (const LayerType* type = own_layer(name))
    return KnownLayer{type->name, type->summary, type->make};
  Registry& r = registry();
  const std::lock_guard lock(r.mutex);
  const auto found = r.layers.find(name);
  return found == r.layers.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace wick::nn::detail

namespace wick::nn {

void register_layer(std::string_view name, std::string_view summary, detail::MakeLayer make) {
  const auto taken = [name] {
    throw ValueError(fmt::format("register_layer: there is another layer called \"{}\"", name));
  };
  if (const detail::LayerType* type = detail::own_layer(name); type && type->make != make) taken();
  detail::Registry& r = detail::registry();
  const std::lock_guard lock(r.mutex);
  const auto found = r.layers.find(name);
  if (found != r.layers.end() && found->second.make != make) taken();
  if (found != r.layers.end() && found->second.summary == summary) return;
  const std::string_view kept = r.summaries.emplace_back(summary);
  if (found != r.layers.end()) {
    found->second.summary = kept;
    return;
  }
  const auto added = r.layers.try_emplace(std::string(name)).first;
  added->second = {added->first, kept, make};
}

}  // namespace wick::nn
