// Adds an activation outside of the library, with the public API alone: Mish, x tanh(softplus(x)),
// once composed of ops and once as an op of its own. Exits 1 and says why if something is not as
// docs/CONTRIBUTING.md promises of activations.
#include <wick/wick.h>

#include <cmath>
namespace nn = wick::nn;

/// Composed of ops: each of them is recorded for the gradient.
wick::Tensor mish(const wick::Tensor& x) { return x * wick::tanh(wick::softplus(x)); }

/// In one pass over the elements, and recorded as one op.
wick::Tensor fused_mish(const wick::Tensor& x) {
  wick::Tensor y = x.detach().contiguous().clone();
  for (float& v : y.span<float>()) v *= std::tanh(std::log1p(std::exp(v)));
  // Its derivative stands beside it.
  using wick::autograd::Saved;
  return wick::autograd::record("FusedMishBackward0", y,
                                wick::autograd::wrt(x, [x = Saved(x)](const wick::Tensor& g) {
                                  const wick::Tensor t = wick::tanh(wick::softplus(x));
                                  return g * (t + x * (1 - t * t) * wick::sigmoid(x));
                                }));
}

struct Mish : nn::Module {
  wick::Tensor forward(const wick::Tensor& x) const override { return mish(x); }
  WICK_MODULE(Mish)
};

void expect(bool holds, std::string_view what) {
  if (!holds) throw wick::Error("does not hold: " + std::string(what));
}

int main() try {
  // Values: Misra 2019, section 2; the minimum is near -1.19.
  const wick::Tensor x = wick::tensor({-20.0, -1.19, 0.0, 1.0, 30.0});
  const wick::Tensor truth = wick::tensor({-4.1223072e-8, -0.30884262, 0.0, 0.86509839, 30.0});
  expect(wick::allclose(mish(x), truth, 1e-6, 0), "mish(x) has the values of its definition");
  expect(wick::allclose(fused_mish(x), mish(x), 1e-6, 0), "one op gives what the ops give");
  expect(mish(wick::empty({2, 3}, {.device = wick::meta})).shape() == wick::Shape{2, 3},
         "composed ops work on tensors without elements");

  // Gradients are recorded, and lead back to x.
  const wick::Tensor leaf = x.clone().requires_grad_();
  for (const wick::Tensor& y : {mish(leaf), fused_mish(leaf)}) {
    expect(!y.grad_fn().empty(), "the result has a grad_fn");
    const auto leaves = wick::autograd::leaves(y);
    expect(leaves.size() == 1 && leaves[0].is_same(leaf), "its graph ends at x");
  }
  expect(wick::autograd::gradcheck([](const auto& in) { return mish(in[0]); },
                                   {leaf.to(wick::float64).detach().requires_grad_()}),
         "what is composed has the right derivative");
  const wick::Tensor composed = wick::autograd::grad({mish(leaf).sum()}, {leaf})[0];
  const wick::Tensor fused = wick::autograd::grad({fused_mish(leaf).sum()}, {leaf})[0];
  expect(allclose(composed, fused, 1e-5, 1e-6), "and so has the op of its own");
  expect(fused_mish(leaf).grad_fn() == "FusedMishBackward0", "the op has its own name");
  {
    const wick::NoGradGuard no_grad;
    expect(fused_mish(leaf).grad_fn().empty(), "nothing is recorded without gradients");
  }

  // The module lives in a Sequential like any other.
  nn::Sequential model{{"fc", nn::Linear(5, 4)}, {"act", Mish()}};
  expect(model.to_string() ==
             "Sequential(\n  (fc): Linear(in_features=5, out_features=4, bias=True)\n"
             "  (act): Mish()\n)",
         "it prints as PyTorch would print it");
  expect(wick::equal(model(x), mish(model["fc"](x))), "the Sequential runs it");
  expect(wick::equal(nn::Sequential(model)(x), model(x)), "copies of it run");
  expect(model(x).requires_grad(), "gradients go through it");
  nn::check_fields(model, x);
  fmt::print("{}\nok\n", model);
} catch (const std::exception& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
