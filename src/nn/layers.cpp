#include "nn/layers.h"

#include <array>

#include "wick/nn/activation.h"
#include "wick/nn/container.h"
#include "wick/nn/dropout.h"
#include "wick/nn/feed_forward.h"
#include "wick/nn/flatten.h"
#include "wick/nn/linear.h"
#include "wick/nn/normalization.h"

namespace wick::nn::detail {
namespace {

template <class M>
AnyModule make(Visitor& visitor) {
  if constexpr (requires { typename M::Options; }) {
    typename M::Options options;
    options.visit(visitor);
    return M(std::move(options));
  } else {
    return M();
  }
}

template <class M, auto... args>
AnyModule with() {
  return M(args...);
}

AnyModule sequential() { return Sequential(Linear(4, 8), GELU(), Linear(8, 2)); }
AnyModule feed_forward() { return FeedForward({.d_model = 4, .dim_feedforward = 8}); }

}  // namespace

// One line a layer, sorted. (Layers that register themselves would vanish from a static library.)
std::span<const LayerType> layer_types() {
  static const std::array types{
      LayerType{"Dropout", make<Dropout>, with<Dropout>, {2, 4}},
      LayerType{"FeedForward", make<FeedForward>, feed_forward, {2, 3, 4}},
      LayerType{"Flatten", make<Flatten>, with<Flatten>, {2, 3, 4}},
      LayerType{"GELU", make<GELU>, with<GELU>, {2, 4}},
      LayerType{"Identity", make<Identity>, with<Identity>, {2, 4}},
      LayerType{"LayerNorm", make<LayerNorm>, with<LayerNorm, 4>, {2, 3, 4}},
      LayerType{"Linear", make<Linear>, with<Linear, 4, 3>, {2, 5, 4}},
      LayerType{"LogSoftmax", make<LogSoftmax>, with<LogSoftmax, -1>, {2, 4}},
      LayerType{"ReLU", make<ReLU>, with<ReLU>, {2, 4}},
      LayerType{"Sequential", make<Sequential>, sequential, {2, 4}},
      LayerType{"SiLU", make<SiLU>, with<SiLU>, {2, 4}},
      LayerType{"Sigmoid", make<Sigmoid>, with<Sigmoid>, {2, 4}},
      LayerType{"Softmax", make<Softmax>, with<Softmax, -1>, {2, 4}},
      LayerType{"Tanh", make<Tanh>, with<Tanh>, {2, 4}},
  };
  return types;
}

}  // namespace wick::nn::detail
