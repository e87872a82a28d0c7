#include "wick/nn/feed_forward.h"

#include <fmt/format.h>

#include <array>

#include "nn/fuse.h"
#include "nn/near_names.h"
#include "wick/format.h"
#include "wick/nn/activation.h"

namespace wick::nn {
namespace {

struct ActivationName {
  std::string_view name;
  AnyModule (*make)();
};

constexpr std::array<ActivationName, 6> activations{{
    {"gelu", []() -> AnyModule { return GELU(); }},
    {"gelu_tanh", []() -> AnyModule { return GELU({.approximate = "tanh"}); }},
    {"relu", []() -> AnyModule { return ReLU(); }},
    {"sigmoid", []() -> AnyModule { return Sigmoid(); }},
    {"silu", []() -> AnyModule { return SiLU(); }},
    {"tanh", []() -> AnyModule { return Tanh(); }},
}};

}  // namespace

AnyModule make_activation(std::string_view name) {
  std::vector<std::string> names;
  for (const ActivationName& a : activations) {
    if (a.name == name) return a.make();
    names.emplace_back(a.name);
  }
  OptionError error("activation",
                    fmt::format("activation must be one of {}, got \"{}\"{}",
                                fmt::join(names, ", "), name, did_you_mean(name, names)));
  error.choices = names;
  throw error;
}

namespace {

FeedForwardOptions sound(FeedForwardOptions o) {
  make_activation(o.activation);  // throws with the nearest name
  return checked(std::move(o));
}

}  // namespace

FeedForward::FeedForward(FeedForwardOptions o)
    : options(sound(std::move(o))),
      linear1(options.d_model, options.dim_feedforward),
      dropout(options.dropout),
      activation(make_activation(options.activation)),
      linear2(options.dim_feedforward, options.d_model) {}

Tensor FeedForward::forward(const Tensor& x) const {
  Tensor y = run_fused(linear1, *activation, dropout, linear2, x);
  return y.defined() ? y : linear2(dropout(activation(linear1(x))));
}

}  // namespace wick::nn
