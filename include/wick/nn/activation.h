/// \file
/// Activations: one function of wick/ops.h each, as a module.
#pragma once

#include "wick/nn/module.h"
#include "wick/nn/option.h"
#include "wick/ops.h"

namespace wick::nn {

/// Arguments of GELU.
struct GELUOptions {
  std::string approximate = "none";  ///< "none" or "tanh"
  WICK_OPTIONS(option(approximate)
                   .one_of("none", "tanh")
                   .says("approximate argument must be either none or tanh."))
};

/// x Phi(x), the Gaussian error linear unit (Hendrycks and Gimpel 2016), or its tanh approximation;
/// see wick::gelu. Throws OptionError for another `approximate`.
///
///     nn::GELU({.approximate = "tanh"})(x)
struct WICK_API GELU : Module {
  using Options = GELUOptions;
  explicit GELU(GELUOptions options);
  GELU() : GELU(GELUOptions{}) {}
  Tensor forward(const Tensor& x) const override { return gelu(x, options.approximate); }

  GELUOptions options;
  WICK_MODULE(GELU, options)
};

/// Arguments of ReLU and SiLU.
struct InplaceOptions {
  bool inplace = false;  ///< overwrite the input; printed only if true
  WICK_OPTIONS(inplace)
};

/// max(x, 0).
///
///     nn::ReLU()(x)
struct WICK_API ReLU : Module {
  using Options = InplaceOptions;
  explicit ReLU(InplaceOptions o = {}) : options(o) {}
  Tensor forward(const Tensor& x) const override { return options.inplace ? relu_(x) : relu(x); }
  std::string extra_repr() const override { return options.inplace ? "inplace=True" : ""; }

  InplaceOptions options;
  WICK_MODULE(ReLU, options)
};

/// x sigmoid(x), also called swish (Elfwing, Uchibe, Doya 2017).
///
///     nn::SiLU()(x)
struct WICK_API SiLU : Module {
  using Options = InplaceOptions;
  explicit SiLU(InplaceOptions o = {}) : options(o) {}
  Tensor forward(const Tensor& x) const override { return options.inplace ? silu_(x) : silu(x); }
  std::string extra_repr() const override { return options.inplace ? "inplace=True" : ""; }

  InplaceOptions options;
  WICK_MODULE(SiLU, options)
};

/// 1 / (1 + exp(-x)).
///
///     nn::Sigmoid()(x)
struct WICK_API Sigmoid : Module {
  Tensor forward(const Tensor& x) const override { return sigmoid(x); }
  WICK_MODULE(Sigmoid)
};

/// The hyperbolic tangent.
///
///     nn::Tanh()(x)
struct WICK_API Tanh : Module {
  Tensor forward(const Tensor& x) const override { return tanh(x); }
  WICK_MODULE(Tanh)
};

/// Arguments of Softmax and LogSoftmax.
struct SoftmaxOptions {
  std::optional<int64_t> dim = {};  ///< where not given: 0 for 0-, 1- and 3-d input, else 1
  WICK_OPTIONS(dim)
};

/// exp(x) / sum(exp(x)) along `dim`. Without a dim it takes the one that PyTorch takes (and warns
/// about: "dim"): 0 for 0-, 1- and 3-d input, else 1.
///
///     nn::Softmax(-1)(x)
struct WICK_API Softmax : Module {
  using Options = SoftmaxOptions;
  explicit Softmax(SoftmaxOptions o = {}) : options(o) {}
  explicit Softmax(int64_t dim) : options{dim} {}
  template <std::same_as<bool> T>
  explicit Softmax(T) = delete;
  Tensor forward(const Tensor& x) const override;

  SoftmaxOptions options;
  WICK_MODULE(Softmax, options)
};

/// log(softmax(x)) along `dim`, computed without overflow. See Softmax for the default.
///
///     nn::LogSoftmax(-1)(x)
struct WICK_API LogSoftmax : Module {
  using Options = SoftmaxOptions;
  explicit LogSoftmax(SoftmaxOptions o = {}) : options(o) {}
  explicit LogSoftmax(int64_t dim) : options{dim} {}
  template <std::same_as<bool> T>
  explicit LogSoftmax(T) = delete;
  Tensor forward(const Tensor& x) const override;

  SoftmaxOptions options;
  WICK_MODULE(LogSoftmax, options)
};

}  // namespace wick::nn
