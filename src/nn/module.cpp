#include "wick/nn/module.h"

#include "wick/format.h"

namespace wick::nn {
namespace {

/// The call of a Module; it has a handle on the input only where somebody asks for it.
class LayerCall final : public detail::Call {
 public:
  LayerCall(const Module& module, const Tensor& x) : module_(module), x_(&x) {}
  void run() override { y = module_.forward(*x_); }
  void list_inputs(std::vector<Tensor*>& tensors) override {
    if (x_ != &held_) held_ = *x_;
    x_ = &held_;
    tensors.push_back(&held_);
  }
  void list_outputs(std::vector<Tensor*>& tensors) override { tensors.push_back(&y); }

  Tensor y;

 private:
  const Module& module_;
  const Tensor* x_;
  Tensor held_;
};

}  // namespace

Module::Module() = default;
Module::Module(const Module&) = default;
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(const Module&) = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::~Module() = default;

Tensor Module::operator()(const Tensor& x) const {
  LayerCall call(*this, x);
  run(call);
  return std::move(call.y);
}

std::vector<Tensor> Module::call(const std::vector<Tensor>& inputs) const {
  check_count(inputs.size(), 1, 1);
  return {(*this)(inputs[0])};
}

}  // namespace wick::nn
