// Module::to and its like on modules with parameters and buffers of every kind.
#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

struct Mixed : nn::Module {
  nn::Parameter weight{ones({2})};
  nn::Parameter frozen{ones({2})};
  nn::Buffer mean{zeros({2})};
  nn::Buffer steps{tensor({1, 2}, {.dtype = int64})};
  nn::Buffer mask{tensor({true, false})};
  nn::Buffer bytes{tensor({1, 2}, {.dtype = uint8})};
  nn::Buffer nothing;
  nn::Linear inner{2, 2};

  Mixed() { frozen.requires_grad_(false); }
  Tensor forward(const Tensor& x) const override { return inner(x * weight + mean); }
  WICK_MODULE(Mixed, weight, frozen, mean, steps, mask, bytes, nothing, inner)
};

}  // namespace

TEST_CASE("to(dtype) converts what is floating and leaves the rest alone", "[module][to]") {
  for (const DType dtype : {float64, bfloat16, float16, float32}) {
    Mixed model;
    const Tensor steps = model.steps;
    model.to(dtype);
    CAPTURE(name(dtype));
    CHECK(model.weight.dtype() == dtype);
    CHECK(model.frozen.dtype() == dtype);
    CHECK(model.mean.dtype() == dtype);
    CHECK(model.inner.weight.dtype() == dtype);
    CHECK(model.inner.bias.dtype() == dtype);
    CHECK(model.steps.dtype() == int64);
    CHECK(model.mask.dtype() == bool_);
    CHECK(model.bytes.dtype() == uint8);
    CHECK_FALSE(model.nothing.defined());
    CHECK(model.steps.shares_storage(steps));
    CHECK(model.steps.to_vector<int64_t>() == std::vector<int64_t>{1, 2});
    CHECK(model.weight.requires_grad());
    CHECK_FALSE(model.frozen.requires_grad());
    CHECK(model(ones({1, 2}, {.dtype = dtype})).dtype() == dtype);
  }
  Mixed model;
  for (const DType dtype : {int64, int32, uint8, bool_})
    CHECK_THROWS_AS(model.to(dtype), TypeError);
  CHECK(model.weight.dtype() == float32);
}

TEST_CASE("to(dtype) converts gradients along", "[module][to]") {
  Mixed model;
  model(ones({1, 2})).sum().backward();
  model.to(float64);
  CHECK(model.weight.grad().dtype() == float64);
  CHECK(model.inner.weight.grad().dtype() == float64);
  CHECK_FALSE(model.frozen.grad().defined());
}

TEST_CASE("requires_grad_ and zero_grad on a mixed module", "[module]") {
  Mixed model;
  model.requires_grad_(true);
  CHECK(model.frozen.requires_grad());
  CHECK_FALSE(model.steps.requires_grad());
  CHECK_FALSE(model.mean.requires_grad());
  model.requires_grad_(false);
  CHECK_FALSE(model.weight.requires_grad());
  CHECK_FALSE(model.inner.weight.requires_grad());
  model.weight.set_grad(ones({2}));
  model.zero_grad(false);
  CHECK(model.weight.grad().to_vector<float>() == std::vector<float>{0, 0});
  CHECK_FALSE(model.inner.weight.grad().defined());
  model.zero_grad();
  CHECK_FALSE(model.weight.grad().defined());
}

TEST_CASE("to(meta) takes every tensor, and there is no way back", "[module][to]") {
  Mixed model;
  model.to(meta);
  for (const auto& [name, tensor] : model.state_dict()) {
    CAPTURE(name);
    CHECK(tensor.is_meta());
  }
  CHECK(model.steps.dtype() == int64);
  CHECK_THROWS_AS(model.to(Device::cpu), TypeError);
}
