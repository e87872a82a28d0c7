// unbind, split and chunk: several views of one tensor, with one derivative.
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
using Tensors = std::vector<Tensor>;
using autograd::grad;

V numbers(const Tensor& t) { return t.to_vector<double>(); }

Tensor counted(const Shape& shape) {
  return (arange(shape.numel()).to(float64) + 1).view(shape).requires_grad_();
}

const std::string several =
    " is a view and is being modified inplace. This view is the output of a function that returns "
    "multiple views. Such functions do not allow the output views to be modified inplace. You "
    "should replace the inplace operation by an out-of-place one.";

struct Cut {
  const char* name;
  Tensors (*pieces)(const Tensor&);
  const char* op;
};

const Cut cuts[] = {
    {"unbind", [](const Tensor& x) { return x.unbind(); }, "Unbind"},
    {"unbind 1", [](const Tensor& x) { return x.unbind(1); }, "Unbind"},
    {"split", [](const Tensor& x) { return x.split(2); }, "Split"},
    {"split 1", [](const Tensor& x) { return x.split(3, -1); }, "Split"},
    {"split sizes",
     [](const Tensor& x) {
       return x.split({1, 0, 2});
     },
     "SplitWithSizes"},
    {"split sizes 1",
     [](const Tensor& x) {
       return x.split({3, 1}, 1);
     },
     "SplitWithSizes"},
    {"chunk", [](const Tensor& x) { return x.chunk(2); }, "Split"},
    {"chunk 1", [](const Tensor& x) { return x.chunk(3, 1); }, "Split"},
};

/// What gradients of the pieces come to, put together by slices.
Tensor expected(const Cut& cut, const Shape& shape, const std::vector<size_t>& used) {
  const Tensor places = zeros(shape, float64);
  const NoGradGuard off;
  const Tensors pieces = cut.pieces(places);
  for (const size_t i : used) pieces[i].fill_(static_cast<double>(i + 1));
  return places;
}

}  // namespace

TEST_CASE("pieces are views with one derivative", "[autograd][pieces]") {
  for (const Cut& cut : cuts) {
    CAPTURE(cut.name);
    const Tensor x = counted({3, 4});
    const Tensors pieces = cut.pieces(x);
    std::vector<size_t> all_of_them;
    std::vector<Tensor> seeds;
    for (size_t i = 0; i < pieces.size(); ++i) {
      CHECK(pieces[i].grad_fn() == cut.op + std::string("Backward0"));
      CHECK(pieces[i].shares_storage(x));
      all_of_them.push_back(i);
      seeds.push_back(full(pieces[i].shape(), static_cast<double>(i + 1), float64));
    }
    const Tensor g = grad(pieces, {x}, {.grad_outputs = seeds, .retain_graph = true})[0];
    CHECK(numbers(g) == numbers(expected(cut, {3, 4}, all_of_them)));
    // Of one of them the others' places are zero, also where there was no pass yet.
    for (size_t i = 0; i < pieces.size(); ++i)
      CHECK(numbers(grad({(pieces[i] * static_cast<double>(i + 1)).sum()}, {x},
                         {.retain_graph = true})[0]) == numbers(expected(cut, {3, 4}, {i})));
    const auto f = [&](const auto& in) {
      const Tensors p = cut.pieces(in[0]);
      return p[0].sin().sum() * p.back().cos();
    };
    CHECK(autograd::gradcheck(f, {x}));
    CHECK(autograd::gradgradcheck(f, {x}));
    const Tensor turned = counted({4, 3}).detach().t().requires_grad_();
    CHECK(autograd::gradcheck(f, {turned}));
  }
}

TEST_CASE("pieces without a history", "[autograd][pieces]") {
  for (const Cut& cut : cuts) {
    CAPTURE(cut.name);
    const Tensor x = counted({3, 4});
    for (const Tensor& piece : cut.pieces(x.detach())) {
      CHECK(piece.grad_fn().empty());
      CHECK_NOTHROW(piece.fill_(1));
    }
    const NoGradGuard off;
    for (const Tensor& piece : cut.pieces(x)) {
      CHECK_FALSE(piece.requires_grad());
      CHECK_NOTHROW(piece.fill_(1));
    }
  }
  CHECK(ones({0, 2}, {.requires_grad = true}).unbind().empty());
  const Tensors whole = arange(4).split(2);  // integers
  CHECK_FALSE(whole[0].requires_grad());
}

TEST_CASE("pieces of empty and meta tensors", "[autograd][pieces]") {
  const Tensor x = zeros({2, 0}, float64).requires_grad_();
  const Tensors rows = x.unbind();
  (rows[0].sum() + rows[1].sum()).backward();
  CHECK(x.grad().shape() == Shape{2, 0});
  const Tensor y = zeros({0, 2}, float64).requires_grad_();
  for (const Tensors& parts : {y.split(0), y.chunk(3), y.split({0, 0})}) {
    y.set_grad(Tensor());
    CHECK(parts[0].requires_grad());
    parts[0].sum().backward();
    CHECK(y.grad().shape() == Shape{0, 2});
  }
  const Tensor m = empty({4, 2}, {.device = Device::meta, .requires_grad = true});
  (m.unbind()[1].sum() + m.split(3)[1].sum() + m.chunk(2, 1)[0].sum()).backward();
  CHECK(m.grad().is_meta());
  CHECK(m.grad().shape() == Shape{4, 2});
}

TEST_CASE("pieces are not written to", "[autograd][pieces][views]") {
  for (const Cut& cut : cuts) {
    CAPTURE(cut.name);
    const Tensor x = counted({3, 4}), y = x * 1;
    const V before = numbers(y);
    const Tensors pieces = cut.pieces(y);
    for (size_t i = 0; i < pieces.size(); ++i) {
      CHECK_THROWS_WITH(pieces[i].mul_(2),
                        "Output " + std::to_string(i) + " of " + cut.op + several);
      if (pieces[i].numel() == 0) continue;
      // Nor through a view of one.
      CHECK_THROWS_WITH(pieces[i].unsqueeze(0).fill_(2), "Output 0 of Unsqueeze" + several);
    }
    CHECK_THROWS_WITH(cut.pieces(x)[0].fill_(0), std::string("Output 0 of ") + cut.op + several);
    CHECK(numbers(y) == before);
    const NoGradGuard off;
    CHECK_NOTHROW(pieces[0].mul_(2));
  }
}

TEST_CASE("pieces follow what is written to the tensor that they are of",
          "[autograd][pieces][views]") {
  const Tensor x = counted({2, 2}), y = x * 1;
  const Tensors rows = y.unbind();
  y.mul_(10);
  CHECK(numbers(rows[1]) == V{30, 40});
  CHECK(numbers(grad({rows[1].sum()}, {x})[0]) == V{0, 0, 10, 10});
}

TEST_CASE("hooks on pieces", "[autograd][pieces][hooks]") {
  const Tensor x = counted({3});
  const Tensors parts = (x * 1).unbind();
  parts[2].register_hook([](const Tensor& g) { return g * 100; });
  parts[1].retain_grad();
  (parts[0] + parts[1] * 2 + parts[2] * 3).backward();
  CHECK(numbers(x.grad()) == V{1, 2, 300});
  CHECK(parts[1].grad().item<double>() == 2);
}

TEST_CASE("many pieces, also where the pass is recorded", "[autograd][pieces]") {
  const Tensor x = ones({20000, 2}, float64).requires_grad_();
  const auto total = [&] {
    const Tensors rows = (x * 1).unbind();
    Tensors kept;
    for (size_t i = 0; i < rows.size(); i += 2) kept.push_back(rows[i]);
    return stack(kept).square().sum();
  };
  const Tensor g = grad({total()}, {x})[0];
  CHECK(g.sum().item<double>() == 2 * 20000);
  CHECK(numbers(g[1]) == V{0, 0});
  // Quadratic work would take minutes here.
  const Tensor again = grad({total()}, {x}, {.create_graph = true})[0];
  CHECK(grad({again.sum()}, {x})[0].sum().item<double>() == 2 * 20000);
}
