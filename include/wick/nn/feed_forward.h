/// \file
/// FeedForward, the position-wise block of the Transformer.
#pragma once

#include "wick/nn/any_module.h"
#include "wick/nn/dropout.h"
#include "wick/nn/linear.h"

namespace wick::nn {

/// Arguments of FeedForward.
struct FeedForwardOptions {
  int64_t d_model = 512;            ///< features of input and output
  int64_t dim_feedforward = 2048;   ///< features in between
  double dropout = 0.1;             ///< probability of a hidden feature becoming 0 in training
  std::string activation = "gelu";  ///< gelu, gelu_tanh, relu, silu, sigmoid or tanh
  WICK_OPTIONS(option(d_model).at_least(0).size_of_input(-1).size_of_output(-1),
               option(dim_feedforward).at_least(0),
               option(dropout).between(0, 1).says(
                   "dropout probability has to be between 0 and 1, but got {}"),
               option(activation).one_of("gelu", "gelu_tanh", "relu", "silu", "sigmoid", "tanh"))
};

/// linear2(dropout(activation(linear1(x)))): [*, d_model] -> [*, d_model] with dim_feedforward
/// features in between (Vaswani et al. 2017, section 3.3). Runs in one pass where no gradient is
/// recorded, nothing is dropped and no hook looks in between; see wick/fused/forward.h. Throws
/// OptionError for an unknown
/// activation, negative sizes, and a dropout that is no probability.
///
///     nn::FeedForward ffn(512);
///     nn::FeedForward({.d_model = 64, .dim_feedforward = 256, .activation = "silu"});
struct WICK_API FeedForward : Module {
  using Options = FeedForwardOptions;
  explicit FeedForward(FeedForwardOptions options);
  explicit FeedForward(int64_t d_model, int64_t dim_feedforward = 2048, double p = 0.1,
                       std::string activation_name = "gelu")
      : FeedForward(FeedForwardOptions{d_model, dim_feedforward, p, std::move(activation_name)}) {}
  Tensor forward(const Tensor& x) const override;
  /// Its layers say all there is.
  std::string extra_repr() const override { return ""; }

  FeedForwardOptions options;
  Linear linear1;  ///< d_model -> dim_feedforward
  Dropout dropout;
  AnyModule activation;
  Linear linear2;  ///< dim_feedforward -> d_model
  WICK_MODULE(FeedForward, options, linear1, dropout, activation, linear2)
};

/// The activation module called `name`: "gelu", "gelu_tanh", "relu", "silu", "sigmoid" or "tanh".
/// Throws OptionError, with the nearest name, for another.
WICK_API AnyModule make_activation(std::string_view name);

}  // namespace wick::nn
