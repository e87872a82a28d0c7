// Writes through views of tensors with a history: y = x * 2; y[0] = z.
#include <stdexcept>
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

Tensor leaf(const Shape& shape, double first = 1) {
  return (arange(shape.numel()).to(float64) * 0.5 + first).view(shape).requires_grad_();
}

struct Program {
  const char* name;
  Tensor (*run)(const Tensor& x, const Tensor& z);  // x of shape [3, 2], z of shape [2]
};

const Program programs[] = {
    {"assign a row",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x * 2;
       y[0] = z;
       return y;
     }},
    {"copy into a row",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x.sin();
       y.select(0, 1).copy_(z.exp());
       return y;
     }},
    {"scale a row",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x * x;
       y[1].mul_(3);
       y[2].mul_(z);
       return y;
     }},
    {"a view of a view",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x.contiguous().sin(), flat = y.view({-1}), part = flat.slice(0, 1, 5, 2);
       part.mul_(part);
       flat.slice(0, 0, 2).add_(z);
       return y * flat.view({3, 2});
     }},
    {"the view itself",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x * 1, row = y[1];
       row.mul_(z).sin_();
       return row * y[0];
     }},
    {"another view",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x * x, column = y.select(1, 0), row = y[0];
       column.sin_();
       row.mul_(z);
       return column.sum() * row;
     }},
    {"a column of a transposed one",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x.t() * 1, t = y.t();
       t.slice(0, 0, 2).copy_(z * z);
       return t.sin();
     }},
    {"into a constant",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = zeros({4, 2}, float64);
       y.slice(0, 0, 3).copy_(x);
       y[3] = z;
       y[0].mul_(y[3]);
       return y * y;
     }},
    {"one write over another",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x * 1;
       y[0] = z;
       y[0] = x[2] * x[1];
       y(1, 0) = z[1];
       y[1].fill_(0.5);
       return y.exp();
     }},
    {"by places and masks",
     [](const Tensor& x, const Tensor& z) {
       const Tensor y = x * 1, part = y.slice(0, 1);
       part.index_put_({tensor({0})}, z * z);
       part.masked_fill_(tensor({true, false}), 0.25);
       return y * y;
     }},
};

}  // namespace

TEST_CASE("programs that write through views have the derivatives that differences have",
          "[autograd][views]") {
  const Tensor x = leaf({3, 2}, 0.3), z = leaf({2}, 0.7);
  for (const Program& program : programs) {
    CAPTURE(program.name);
    const auto f = [&](const Tensors& in) { return program.run(in[0], in[1]); };
    CHECK(autograd::gradcheck(f, {x, z}));
    CHECK(autograd::gradgradcheck(f, {x, z}));
    CHECK(autograd::gradcheck(f, {x, z.detach()}));
    CHECK(autograd::gradcheck(f, {x.detach(), z}));
    // A leaf that is no row-major tensor.
    const Tensor turned = x.detach().t().contiguous().t().requires_grad_();
    CHECK(autograd::gradcheck(f, {turned, z}));
  }
}

TEST_CASE("a write makes the history of base and view anew", "[autograd][views]") {
  const Tensor x = leaf({2, 2}), z = leaf({2});
  const Tensor y = x * 2, row = y[0], corner = row[1];
  CHECK(row.grad_fn() == "SelectBackward0");
  y[0] = z;
  CHECK(y.grad_fn() == "CopySlices");
  CHECK(row.grad_fn() == "AsStridedBackward0");
  CHECK(corner.grad_fn() == "AsStridedBackward0");
  CHECK(numbers(grad({corner}, {z}, {.retain_graph = true})[0]) == V{0, 1});
  const auto both = grad({y.sum()}, {x, z});
  CHECK(numbers(both[0]) == V{0, 0, 2, 2});
  CHECK(numbers(both[1]) == V{1, 1});
}

TEST_CASE("leaves, and views without a history, that are written to", "[autograd][views]") {
  const Tensor x = leaf({2, 2}), z = leaf({2});
  const std::string of_view =
      "a view of a leaf Variable that requires grad is being used in an in-place operation.";
  CHECK_THROWS_WITH((x[0] = z), of_view);
  CHECK_THROWS_WITH(x[0][1].mul_(3), of_view);
  CHECK_THROWS_WITH(x.view({-1}).copy_(ones({4}, float64)), of_view);
  {
    const NoGradGuard off;
    x[0] = z;
  }
  CHECK(x.is_leaf());
  CHECK(numbers(x)[0] == numbers(z)[0]);
  const Tensor y = x * 1;
  const Tensor apart = y.detach()[0];
  CHECK_NOTHROW(apart.fill_(7));  // nobody's history, but the elements are shared
  CHECK(numbers(y)[0] == 7);
  CHECK(y.grad_fn() == "MulBackward0");
}

TEST_CASE("a write through a view that was kept is refused later", "[autograd][views]") {
  const Tensor x = leaf({2, 2}), y = x.exp();  // whose derivative takes y
  y[0].mul_(2);
  CHECK_THROWS_WITH(y.sum().backward(),
                    ContainsSubstring("has been modified by an inplace operation"));
  const Tensor again = x * x;
  again[0].mul_(2);
  CHECK_NOTHROW(again.sum().backward());
  CHECK_THROWS_WITH(again.sum().backward(),
                    ContainsSubstring("Trying to backward through the graph a second time"));
}

TEST_CASE("an error inside of a write's derivative leaves nothing half done", "[autograd][views]") {
  const Tensor x = leaf({2, 2}), z = leaf({2});
  const Tensor y = x * 1, row = y[0];
  bool fails = true;
  row.detach().copy_(z.detach());
  autograd::record_in_place("MoodyBackward0", row,
                            autograd::wrt(row, [](const Tensor&) { return Tensor(); }),
                            autograd::wrt(z, [&](const Tensor& g) {
                              if (fails) throw std::runtime_error("not today");
                              return g * 1;
                            }));
  CHECK_THROWS_WITH(y.sum().backward({.retain_graph = true}), "not today");
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(z.grad().defined());
  fails = false;
  y.sum().backward();
  CHECK(numbers(x.grad()) == V{0, 0, 1, 1});
  CHECK(numbers(z.grad()) == V{1, 1});
}

TEST_CASE("only what is asked for is worked out behind a write", "[autograd][views]") {
  const Tensor x = leaf({2, 2}), z = leaf({2});
  const Tensor y = x * 1, row = y[0];
  int calls = 0;
  autograd::record_in_place("CountedBackward0", row,
                            autograd::wrt(row,
                                          [&](const Tensor& g) {
                                            ++calls;
                                            return g * 1;
                                          }),
                            autograd::wrt(z, [&](const Tensor& g) { return g * 1; }));
  CHECK(numbers(grad({y.sum()}, {z}, {.retain_graph = true})[0]) == V{1, 1});
  CHECK(calls == 0);
  CHECK(numbers(grad({y.sum()}, {x})[0]) == V{1, 1, 1, 1});
  CHECK(calls == 1);
}

TEST_CASE("hooks on a base that is written to", "[autograd][views][hooks]") {
  const Tensor x = leaf({2, 2}), z = leaf({2});
  const Tensor y = x * 1;
  V before, after;
  y.register_hook([&](const Tensor& g) {
    before = numbers(g);
    return Tensor();
  });
  y[0] = z;
  y.register_hook([&](const Tensor& g) {
    after = numbers(g);
    return g * 10;
  });
  y.sum().backward();
  CHECK(after == V{1, 1, 1, 1});
  CHECK(before == V{0, 0, 10, 10});
  CHECK(numbers(z.grad()) == V{10, 10});
}

TEST_CASE("writes through views of empty and meta tensors", "[autograd][views]") {
  const Tensor x = zeros({2, 0}, float64).requires_grad_(), y = x * 1;
  y[0].mul_(2);
  y.sum().backward();
  CHECK(x.grad().shape() == Shape{2, 0});
  const Tensor m = empty({2, 2}, {.dtype = float64, .device = Device::meta, .requires_grad = true});
  const Tensor n = m * 1;
  n[0].mul_(2);
  n.sum().backward();
  CHECK(m.grad().is_meta());
}
