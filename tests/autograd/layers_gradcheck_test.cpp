// Every registered layer's derivatives, of its input and of its parameters, against central
// differences.
#include <cmath>

#include "catch.h"
#include "nn/layers.h"
#include "wick/wick.h"

namespace {

using wick::Tensor;
namespace nn = wick::nn;

/// (layer(x) * weights).sum(), with the same random numbers each time.
Tensor loss(const nn::ModuleBase& layer, const Tensor& x) {
  wick::manual_seed(3);
  const Tensor y = layer(x);
  const Tensor weights = (wick::arange(y.numel()).to(y.dtype()) * 0.37).sin().view(y.shape());
  return (y * weights).sum();
}

void check_parameter(nn::ModuleBase& layer, const Tensor& x, const std::string& name,
                     const Tensor& parameter) {
  const std::vector<double> got = parameter.grad().to_vector<double>();
  const wick::NoGradGuard guard;
  const Tensor flat = parameter.detach().view({-1});
  for (int64_t i = 0; i < flat.numel(); ++i) {
    const auto at = [&](double step) {
      const double before = flat[i].item<double>();
      flat[i] = before + step;
      const double value = loss(layer, x).item<double>();
      flat[i] = before;
      return value;
    };
    const double expected = (at(1e-6) - at(-1e-6)) / 2e-6;
    INFO(name << "[" << i << "]: " << got[static_cast<size_t>(i)] << ", expected " << expected);
    CHECK(std::fabs(got[static_cast<size_t>(i)] - expected) <= 1e-5 + 1e-4 * std::fabs(expected));
  }
}

}  // namespace

TEST_CASE("derivatives of every layer", "[autograd][gradcheck][layers]") {
  int checked = 0;
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    wick::manual_seed(11);
    nn::AnyModule layer = type.example();
    layer->to(wick::float64);
    const Tensor x = wick::randn(type.input, {.dtype = wick::float64, .requires_grad = true});
    CHECK_NOTHROW(wick::autograd::gradcheck(
        [&](const std::vector<Tensor>& in) { return loss(*layer, in[0]); }, {x}));
    CHECK_NOTHROW(wick::autograd::gradgradcheck(
        [&](const std::vector<Tensor>& in) { return loss(*layer, in[0]); }, {x}));
    layer->zero_grad();
    loss(*layer, x).backward();
    for (const auto& [name, parameter] : layer->named_parameters())
      check_parameter(*layer, x, name, parameter);
    ++checked;
  }
  CHECK(checked >= 14);
}
