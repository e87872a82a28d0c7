// What is kept for the backward pass is no more than PyTorch keeps: counted in large tensors beside
// the arguments and the result.
#include "autograd/sanitizers.h"
#include "catch.h"
#include "wick/wick.h"

#if defined(__GLIBC__) && !WICK_TEST_SANITIZED && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
#include <malloc.h>

namespace {

using wick::empty_cache;
using wick::Tensor;

size_t allocated() {
  empty_cache();  // what is kept for later is not in use
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

constexpr int64_t rows = 512, columns = 512;
constexpr size_t bytes = rows * columns * sizeof(float);

/// Large tensors that exist after f(x), beyond x, but for what is too small to count.
template <class F>
int kept(F f) {
  const Tensor x = (wick::rand({rows, columns}) * 0.5 + 0.25).requires_grad_();
  f(x);  // whatever is made once and kept for good
  const size_t before = allocated();
  const Tensor y = f(x);
  const size_t after = allocated();
  CHECK(y.requires_grad());
  return after <= before ? 0 : static_cast<int>((after - before + bytes / 2) / bytes);
}

}  // namespace

TEST_CASE("joining many recorded tensors keeps memory for each, not for each pair",
          "[autograd][memory]") {
  const auto used = [](size_t count, auto join) {
    std::vector<Tensor> parts;
    for (size_t i = 0; i < count; ++i) parts.push_back(wick::zeros({2}).requires_grad_() * 2);
    const size_t before = allocated();
    const Tensor joined = join(parts);
    return allocated() - before;
  };
  const auto check = [&](const char* name, auto join) {
    INFO(name);
    const size_t few = used(1000, join), many = used(4000, join);
    CHECK(many < 6 * few);
    CHECK(many < size_t{4000} * 2048);
  };
  check("cat", [](const std::vector<Tensor>& parts) { return wick::cat(parts); });
  check("stack", [](const std::vector<Tensor>& parts) { return wick::stack(parts); });
}

TEST_CASE("operations keep what PyTorch keeps", "[autograd][memory]") {
  const Tensor other = wick::rand({rows, columns});
  const Tensor mask = other > 0.5;
  const Tensor weight = wick::rand({columns, columns}), vector = wick::rand({columns});
  const auto check = [](const char* name, int expected, auto f) {
    INFO(name);
    CHECK(kept(f) <= expected);
  };
  // 1 is the result alone: the derivative comes from it, or from an argument that is there anyway.
  check("exp", 1, [](const Tensor& x) { return exp(x); });
  check("tanh", 1, [](const Tensor& x) { return tanh(x); });
  check("sigmoid", 1, [](const Tensor& x) { return sigmoid(x); });
  check("relu", 1, [](const Tensor& x) { return relu(x); });
  check("gelu", 1, [](const Tensor& x) { return gelu(x); });
  check("silu", 1, [](const Tensor& x) { return silu(x); });
  check("softmax", 1, [](const Tensor& x) { return softmax(x, -1); });
  check("log_softmax", 1, [](const Tensor& x) { return log_softmax(x, -1); });
  check("layer_norm", 1, [](const Tensor& x) { return layer_norm(x, {columns}); });
  check("clamp", 1, [](const Tensor& x) { return clamp(x, 0.3, 0.6); });
  check("pow", 1, [](const Tensor& x) { return pow(x, 2.5); });
  check("add", 1, [&](const Tensor& x) { return x + other; });
  check("mul", 1, [&](const Tensor& x) { return x * other; });
  check("div", 1, [&](const Tensor& x) { return x / other; });
  check("where", 1, [&](const Tensor& x) { return where(mask, x, other); });
  check("masked_fill", 1, [&](const Tensor& x) { return x.masked_fill(mask, 0); });
  check("linear", 1, [&](const Tensor& x) { return linear(x, weight, vector); });
  check("matmul", 1, [&](const Tensor& x) { return matmul(x, weight); });
  check("transpose copy", 1, [](const Tensor& x) { return x.t().contiguous(); });
  check("cat", 2, [&](const Tensor& x) { return wick::cat({x, other}); });
  check("a view", 0, [](const Tensor& x) { return x.t(); });
  check("sum", 0, [](const Tensor& x) { return x.sum(); });
  check("mean of rows", 0, [](const Tensor& x) { return x.mean(1); });
  check("max of rows", 0, [](const Tensor& x) { return x.max(1).values; });
  check("norm", 0, [](const Tensor& x) { return x.norm(); });
  // The mask is a bit an element.
  check("dropout", 1, [](const Tensor& x) { return dropout(x, 0.1); });
  // A block: its hidden layer, that after the activation, that after dropout, the result.
  check("feed-forward", 4, [](const Tensor& x) {
    wick::manual_seed(0);
    static const wick::nn::FeedForward block({.d_model = columns, .dim_feedforward = columns});
    return block(x);
  });
}

#endif
