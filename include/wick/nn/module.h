/// \file
/// Module, the base of layers and models with one tensor in and one tensor out.
#pragma once

#include "wick/nn/module_base.h"

namespace wick::nn {

/// Base of all layers and models that take one tensor and give one: what Sequential is made of. See
/// ModuleBase for what modules can do. Modules of other signatures derive from ModuleOf.
///
///     struct Net : nn::Module {
///       nn::Linear fc{4, 2};
///       Tensor forward(const Tensor& x) const override { return fc(x).relu(); }
///       WICK_MODULE(Net, fc)
///     };
class WICK_API Module : public ModuleBase {
 public:
  ~Module() override;
  /// What the module computes. Call the module itself, `m(x)`, so that hooks run and errors name
  /// the place.
  virtual Tensor forward(const Tensor& x) const = 0;
  /// Runs pre-hooks, forward and hooks; see ModuleBase for errors.
  Tensor operator()(const Tensor& x) const;
  /// {(*this)(x)} for {x}; throws TypeError for another number of tensors.
  std::vector<Tensor> call(const std::vector<Tensor>& inputs) const override;

  const Module* as_layer() const final { return this; }

 protected:
  Module();
  Module(const Module&);
  Module(Module&&) noexcept;
  Module& operator=(const Module&);
  Module& operator=(Module&&) noexcept;
};

}  // namespace wick::nn
