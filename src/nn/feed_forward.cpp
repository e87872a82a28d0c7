#include "wick/nn/feed_forward.h"

#include <array>

#include "nn/near_names.h"
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
  std::vector<std::string_view> names;
  for (const ActivationName& a : activations) {
    if (a.name == name) return a.make();
    names.push_back(a.name);
  }
  std::string list;
  for (const std::string_view n : names) list += (list.empty() ? "" : ", ") + std::string(n);
  throw ValueError("activation must be one of " + list + ", got \"" + std::string(name) + "\"" +
                   did_you_mean(name, names));
}

FeedForward::FeedForward(FeedForwardOptions o)
    : options(std::move(o)),
      linear1(options.d_model, options.dim_feedforward),
      dropout(options.dropout),
      activation(make_activation(options.activation)),
      linear2(options.dim_feedforward, options.d_model) {}

Tensor FeedForward::forward(const Tensor& x) const {
  return linear2(dropout(activation(linear1(x))));
}

}  // namespace wick::nn
