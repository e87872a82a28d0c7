// Every layer in the table, with inputs of every kind: large ones, one row, other dtypes, views,
// and without a batch.
#include <cmath>
#include <string>
#include <vector>

#include "catch.h"
#include "nn/layers.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Shape;
using wick::Tensor;

/// f(layer, shape of its input) for every layer, in eval mode, with the same weights every time.
template <class F>
void for_every_layer(F f) {
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    wick::manual_seed(1);
    nn::AnyModule layer = type.example();
    layer->eval();
    f(layer, type.input);
  }
}

Shape with_rows(Shape shape, int64_t rows) {
  shape[0] = rows;
  return shape;
}

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  if (a.numel() == 0) return 0;
  return (a.to(wick::float64) - b.to(wick::float64)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("every layer gives the same bits for any number of threads, also of large inputs",
          "[layers][threads]") {
  // Large enough that the work is shared out; and a number of rows that no team divides.
  constexpr int64_t rows = 20'011;
  for_every_layer([&](nn::AnyModule& layer, const Shape& shape) {
    const Tensor x = wick::randn(with_rows(shape, rows));
    const auto run = [&](int threads) {
      const wick::NumThreadsGuard guard(threads);
      wick::manual_seed(2);
      return layer(x).detach();
    };
    for (const bool training : {false, true}) {
      layer->train(training);
      const Tensor alone = run(1);
      for (const int threads : {2, 3}) CHECK(equal(run(threads), alone));
    }
    // Each row is worked on by itself, wherever it stands.
    layer->eval();
    const Tensor y = layer(x);
    for (const int64_t row : {int64_t{0}, rows / 2, rows - 1})
      CHECK(distance(layer(x.narrow(0, row, 1)), y.narrow(0, row, 1)) < 1e-6);
  });
}

TEST_CASE("the gradients of every layer do not depend on the number of threads",
          "[layers][threads]") {
  for_every_layer([](nn::AnyModule& layer, const Shape& shape) {
    const Tensor start = wick::randn(with_rows(shape, 5003));
    const auto gradients = [&](int threads) {
      const wick::NumThreadsGuard guard(threads);
      const Tensor x = start.clone().requires_grad_();
      layer->zero_grad();
      layer(x).square().sum().backward();
      std::vector<Tensor> all{x.grad()};
      for (const Tensor& p : layer->parameters()) all.push_back(p.grad().clone());
      return all;
    };
    const std::vector<Tensor> alone = gradients(1), together = gradients(3);
    for (size_t i = 0; i < alone.size(); ++i) CHECK(equal(alone[i], together[i]));
  });
}

TEST_CASE("every layer computes in the dtype that it was converted to", "[layers]") {
  for_every_layer([](nn::AnyModule& layer, const Shape& shape) {
    const Tensor x = wick::randn(shape, {.dtype = wick::float64});
    nn::AnyModule doubles = layer;
    doubles->to(wick::float64);
    const Tensor exact = doubles(x);
    CHECK(exact.dtype() == wick::float64);
    CHECK(distance(layer(x.to(wick::float32)), exact) < 2e-6);
    for (const wick::DType dtype : {wick::bfloat16, wick::float16}) {
      nn::AnyModule half = layer;
      half->to(dtype);
      const Tensor y = half(x.to(dtype));
      CHECK(y.dtype() == dtype);
      CHECK(distance(y, exact) < (dtype == wick::bfloat16 ? 0.1 : 0.01));
    }
    // Both ways and back: the numbers of float32 are all float64 numbers.
    const std::string before = layer->to_string();
    layer->to(wick::float64).to(wick::float32);
    CHECK(layer->to_string() == before);
    for (const Tensor& p : layer->parameters()) CHECK(p.dtype() == wick::float32);
    CHECK(equal(layer(x.to(wick::float32)), nn::AnyModule(layer)(x.to(wick::float32))));
  });
}

TEST_CASE("every layer takes views of any strides", "[layers]") {
  for_every_layer([](nn::AnyModule& layer, const Shape& shape) {
    Shape doubled = shape;
    for (int64_t& size : doubled) size *= 2;
    const Tensor large = wick::randn(doubled);
    Tensor view = large;
    for (int64_t d = 0; d < view.dim(); ++d)
      view = view.slice(d, 1, std::nullopt, 2);  // an offset, and a step
    REQUIRE(view.shape() == shape);
    REQUIRE_FALSE(view.is_contiguous());
    const Tensor before = large.clone();
    CHECK(equal(layer(view), layer(view.contiguous())));
    // The same row again and again.
    const Tensor row = view.narrow(0, 0, 1).contiguous();
    const Tensor rows = row.expand(shape);
    CHECK(rows.stride(0) == 0);
    CHECK(equal(layer(rows), layer(rows.contiguous())));
    CHECK(equal(large, before));
  });
}

TEST_CASE("every layer takes one example, none, and more dimensions than it has to", "[layers]") {
  for_every_layer([](nn::AnyModule& layer, const Shape& shape) {
    const std::string name(layer->type_name());
    const Tensor x = wick::randn(shape);
    const Tensor y = layer(x);
    CHECK(distance(layer(x.narrow(0, 0, 1)), y.narrow(0, 0, 1)) < 1e-6);
    for (const int64_t d : {int64_t{0}, x.dim() - 2}) {
      if (d < 0) continue;
      Shape empty = shape;
      empty[d] = 0;
      CHECK(layer(wick::zeros(empty)).numel() == 0);
    }
    if (name == "Flatten") return;
    // Without a batch, and with a batch of batches.
    CHECK(distance(layer(x.select(0, 0)), y.select(0, 0)) < 1e-6);
    CHECK(distance(layer(x.unsqueeze(0)), y.unsqueeze(0)) < 1e-6);
  });
}

TEST_CASE("layers of elements take 0-d tensors, the others say what is wrong", "[layers]") {
  for_every_layer([](nn::AnyModule& layer, const Shape&) {
    const Tensor x = wick::tensor(0.5);
    const std::string name(layer->type_name());
    for (const char* known :
         {"Linear", "FeedForward", "LayerNorm", "Repeat", "Residual", "Sequential", "Flatten"})
      if (name == known) {
        CHECK_THROWS_AS(layer(x), wick::Error);
        return;
      }
    const Tensor y = layer(x);
    CHECK(y.dim() == 0);
    CHECK(y.item<double>() == Approx(layer(x.view({1})).item<double>()));
  });
}

TEST_CASE("every layer passes gradients on to its input and parameters", "[layers]") {
  for_every_layer([](nn::AnyModule& layer, const Shape& shape) {
    const Tensor x = wick::randn(shape).requires_grad_();
    const Tensor y = layer(x);
    CHECK(y.requires_grad());
    (y * wick::randn(y.shape())).sum().backward();
    REQUIRE(x.grad().defined());
    CHECK(x.grad().shape() == shape);
    CHECK(x.grad().abs().sum().item<double>() > 0);
    for (const auto& [parameter, p] : layer->named_parameters()) {
      INFO(parameter);
      REQUIRE(p.grad().defined());
      CHECK(p.grad().abs().sum().item<double>() > 0);
    }
    // Nothing is recorded where that is switched off, and the numbers are those.
    const wick::NoGradGuard guard;
    const Tensor plain = layer(x);
    CHECK(plain.requires_grad() == plain.is_same(x));  // what hands its input on
    CHECK(distance(plain, y) < 1e-6);
    // Frozen, only the way to the input is recorded.
    layer->requires_grad_(false);
    for (const Tensor& p : layer->parameters()) CHECK_FALSE(p.requires_grad());
  });
}

TEST_CASE("every layer leaves its input alone, unless it is to overwrite it", "[layers]") {
  for_every_layer([](nn::AnyModule& layer, const Shape& shape) {
    const Tensor x = wick::randn(shape);
    const Tensor before = x.clone();
    for (const bool training : {true, false}) {
      layer->train(training);
      const Tensor y = layer(x);
      CHECK(equal(x, before));
      if (layer->type_name() == "Identity") CHECK(y.is_same(x));
    }
  });
}

TEST_CASE("every layer runs its hooks, and its copies theirs", "[layers]") {
  for_every_layer([](nn::AnyModule& layer, const Shape& shape) {
    const Tensor x = wick::randn(shape);
    const Tensor y = layer(x);
    int before = 0, after = 0;
    auto first = layer->register_forward_pre_hook([&](const nn::Module& m, const Tensor& input) {
      ++before;
      CHECK(m.type_name() == layer->type_name());
      CHECK(input.is_same(x));
      return Tensor();
    });
    auto second = layer->register_forward_hook(
        [&](const nn::Module&, const Tensor& input, const Tensor& output) {
          ++after;
          CHECK(input.is_same(x));
          CHECK(distance(output, y) < 1e-6);
          return output * 2;
        });
    CHECK(layer->has_hooks());
    CHECK(distance(layer(x), y * 2) < 2e-6);
    const nn::AnyModule copy = layer;
    CHECK(distance(copy(x), y * 2) < 2e-6);
    CHECK((before == 2 && after == 2));
    first.remove();
    CHECK(layer->has_hooks());
    second.remove();
    CHECK_FALSE(layer->has_hooks());
    CHECK(distance(layer(x), y) < 1e-6);
    CHECK((before == 2 && after == 2));
    CHECK(copy->has_hooks());
  });
}
