#include <wick/wick.h>
namespace nn = wick::nn;
using wick::Tensor;

struct Scaling {
  Tensor scale = {};  // undefined: not given
  bool negative = false;
};
struct Moments {
  Tensor mean, spread;
};
struct Pooling : nn::ModuleOf<Moments(const Tensor& x, const Scaling& scaling)> {
  nn::Linear features{4, 2};

  Moments forward(const Tensor& x, const Scaling& scaling) const override {
    Tensor y = features(x);
    if (scaling.scale.defined()) y = y * scaling.scale;
    if (scaling.negative) y = -y;
    return {y.mean(0), y.std(0)};
  }
  WICK_MODULE(Pooling, features)
};

int main() {
  wick::manual_seed(0);
  Pooling pooling;
  pooling.register_call_hook([](const nn::ModuleBase& module, nn::TensorRefs, nn::TensorRefs out) {
    fmt::print("{} gave {} tensors\n", module.type_name(), out.size());
  });
  const auto x = wick::randn({8, 4});
  const auto [mean, spread] = pooling(x);
  const auto scaled = pooling(x, {.scale = wick::tensor({2., 3.}), .negative = true});
  fmt::print("{}\n{}\n", mean, scaled.mean);
}
