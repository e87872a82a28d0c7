// Derivatives of ops with arguments that the table of all ops (op_table.h) does not give them:
// dimensions from either end, several at once, kept or not, factors, broadcasting.
#include <functional>
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using Inputs = std::vector<Tensor>;

Tensor leaf(const Shape& shape) {
  // Apart from one another, so that sorting and maxima have one answer near by.
  const int64_t n = shape.numel();
  const Tensor order = randperm(n).to(float64) + 1;
  return ((order + rand({n}, {.dtype = float64}) * 0.5) / static_cast<double>(n + 1))
      .view(shape)
      .clone()
      .requires_grad_();
}

struct Case {
  std::string name;
  std::vector<Shape> shapes;
  autograd::Function f;
};

void check(const std::vector<Case>& cases) {
  manual_seed(11);
  for (const Case& c : cases) {
    Inputs inputs;
    for (const Shape& shape : c.shapes) inputs.push_back(leaf(shape));
    INFO(c.name);
    CHECK_NOTHROW(autograd::gradcheck(c.f, inputs));
    CHECK_NOTHROW(autograd::gradgradcheck(c.f, inputs));
  }
}

#define ONE(shape, call)                                                                                   \
  Case {                                                                                                   \
#call " of " #shape, {Shape shape}, [](const Inputs& in) { const Tensor& x = in[0]; return Tensor(call); } \
  }
#define TWO(first, second, call)                                        \
  Case {                                                                \
#call " of " #first " and " #second, {Shape first, Shape second},     \
        [](const Inputs& in) {                                            \
          const Tensor &x = in[0], &y = in[1];                            \
          return Tensor(call);                                            \
        } \
  }

}  // namespace

TEST_CASE("derivatives of reductions over some dimensions", "[ops][gradcheck]") {
  check({
      ONE(({2, 3, 2}), x.sum({0, -1})),
      ONE(({2, 3, 2}), x.sum(1, true)),
      ONE(({2, 3, 2}), x.mean({-1, 0}, true)),
      ONE(({2, 3, 2}), x.mean(1)),
      ONE(({2, 3, 2}), x.prod(-2)),
      ONE(({2, 3, 2}), x.prod({0, 2}, true)),
      ONE(({2, 3, 2}), x.var({0, 2})),
      ONE(({2, 3, 2}), x.var(1, 0, true)),
      ONE(({2, 3, 2}), x.std(-2, 0)),
      ONE(({2, 3, 2}), x.std({0, 1}, 2, true)),
      ONE(({2, 3, 2}), x.norm(3, {0, 1})),
      ONE(({2, 3, 2}), x.norm(1, -1, true)),
      ONE(({2, 3, 2}), x.norm(2, 1)),
      ONE(({2, 3, 2}), x.norm(0.5, {0, 2}, true)),
      ONE(({2, 3, 2}), x.logsumexp({0, 2})),
      ONE(({2, 3, 2}), x.logsumexp(1, true)),
      ONE(({2, 3, 2}), x.amax({0, 2})),
      ONE(({2, 3, 2}), x.amin(1, true)),
      ONE(({2, 3, 2}), x.max(1).values),
      ONE(({2, 3, 2}), x.min(-1, true).values),
      ONE(({2, 3, 2}), x.max(0, true).values),
      ONE(({}), x.max(0).values),
      ONE(({2, 3, 2}), x.cumsum(1)),
      ONE(({2, 3, 2}), x.cumsum(-1)),
      ONE(({}), x.cumsum(0)),
      ONE(({}), x.sum(0)),
      ONE(({2, 3, 2}), x.softmax(1)),
      ONE(({2, 3, 2}), x.log_softmax(0)),
      ONE(({2, 3, 2}), x.transpose(0, 2).softmax(1)),
      ONE(({2, 3, 2}), x.transpose(0, 1).log_softmax(2)),
      ONE(({}), x.softmax(0)),
      ONE(({}), x.log_softmax(-1)),
  });
}

TEST_CASE("derivatives of views", "[ops][gradcheck]") {
  check({
      ONE(({2, 3, 4}), x.permute({2, 0, 1})),
      ONE(({2, 3, 4}), x.permute({-1, 0, -2})),
      ONE(({2, 3, 4}), x.transpose(-1, 0)),
      ONE(({2, 6}), x.unflatten(1, {3, -1})),
      ONE(({2, 6}), x.unflatten(-2, {2, 1})),
      ONE(({2, 3, 2}), x.flatten(1)),
      ONE(({2, 3, 2}), x.flatten(0, 1)),
      ONE(({2, 3, 2}), x.transpose(0, 1).flatten()),
      ONE(({}), x.flatten()),
      ONE(({3}), x.expand({2, 3})),
      ONE(({2, 1}), x.expand({4, -1, 3})),
      ONE(({}), x.expand({2, 2})),
      ONE(({2, 1, 3, 1}), x.squeeze()),
      ONE(({2, 1, 3}), x.squeeze(-2)),
      ONE(({2, 3}), x.unsqueeze(-1)),
      ONE(({2, 3}), x.unsqueeze(1)),
      ONE(({5, 2}), x.narrow(0, -3, 2)),
      ONE(({2, 5}), x.narrow(-1, 1, 3)),
      ONE(({2, 5}), x.select(1, -2)),
      ONE(({2, 5}), x.select(-2, 0)),
      ONE(({2, 7}), x.slice(1, 1, 6, 3)),
      ONE(({2, 7}), x.slice(-1, -6, -1, 2)),
      ONE(({7}), x.slice(0, 2, 3, 5)),
      ONE(({5, 2}), x.split(2)[2]),
      ONE(({2, 5}), x.split({1, 3, 1}, 1)[1]),
      ONE(({2, 5}), x.chunk(2, -1)[1]),
      ONE(({2, 3}), x.unbind(1)[2]),
      ONE(({6}), x.as_strided({2, 2}, {3, 1}, 1)),
      ONE(({6}), x.as_strided({3, 2}, {1, 1})),     // elements that are shown twice
      ONE(({6}), x.as_strided({2, 2}, {0, 1}, 2)),  // repeated
      ONE(({2, 3}), x.t()),
      ONE(({3}), x.t()),
      ONE(({2, 3}), x.clone()),
      ONE(({2, 3}), x.t().contiguous()),
  });
}

TEST_CASE("derivatives of joining, picking and rearranging", "[ops][gradcheck]") {
  check({
      ONE(({2, 3}), x.repeat({2, 1})),
      ONE(({2, 3}), x.repeat({2, 1, 3})),
      ONE(({}), x.repeat({3})),
      ONE(({2, 3}), x.flip({0, -1})),
      ONE(({2, 3}), x.flip({})),
      ONE(({2, 3}), x.roll({1, -2}, {0, 1})),
      ONE(({2, 3}), x.roll({4}, {-1})),
      ONE(({2, 3}), x.roll({2})),
      ONE(({3, 4}), x.tril(-1)),
      ONE(({3, 4}), x.tril(1)),
      ONE(({3, 4}), x.triu(-1)),
      ONE(({2, 3, 3}), x.triu(1)),
      ONE(({3, 4}), x.sort(0).values),
      ONE(({3, 4}), x.sort(-1, true).values),
      ONE(({3, 4}), x.topk(2, 0).values),
      ONE(({3, 4}), x.topk(3, 1, false).values),
      ONE(({}), x.sort(0).values),
      ONE(({3, 4}), x.gather(0, tensor({{0, 2, 2, 1}, {0, 0, 2, 1}}))),
      ONE(({3, 4}), x.gather(-1, tensor({{3, 3, 0}, {1, 0, 0}, {2, 2, 2}}))),
      ONE(({3, 4}), x.index_select(1, tensor({3, 0, 3}))),
      ONE(({3, 4}), x.index_select(-2, tensor({2, 2}, wick::int32))),
      ONE(({}), x.index_select(0, tensor({0}))),
      ONE(({3, 4}), x(tensor({2, 0, 2}))),
      ONE(({3, 4}), x(tensor({-1, 0}), tensor({1, 1}))),
      ONE(({3, 4}), x(all, tensor({{0, 1}, {3, 1}}))),
      ONE(({2, 3, 4}), x(tensor({1, 0}), all, tensor({2, 2}))),
      ONE(({2, 3, 4}), x(none, 1, slice(1, none), tensor({0, -1, 0}))),
      ONE(({2, 2}), x(tensor({{true, false}, {true, true}}))),
      ONE(({3}), x.masked_select(tensor({{true, false, true}, {true, true, false}}))),
      ONE(({3}), x.masked_fill(tensor({{true, false, false}, {false, true, false}}), 2)),
      TWO(({2, 3}), ({1, 3}), cat({x, y})),
      TWO(({2, 3}), ({2, 1}), cat({x, y, x}, -1)),
      TWO(({2, 3}), ({2, 3}), stack({x, y, x}, -1)),
      TWO(({}), ({}), stack({x, y})),
      TWO(({2, 3}), ({3}), where(tensor({{true}, {false}}), x, y)),
      TWO(({1, 3}), ({2, 1}), where(tensor({true, false, true}), x, y)),
      TWO(({3, 4}), ({2, 4}), (x * 1).index_put_({tensor({0, 2})}, y)),
      TWO(({3, 4}), ({4}), (x * 1).index_put_({tensor({0, 2})}, y)),
      TWO(({3, 4}), ({2, 4}), (x * 1).index_put_({tensor({1, 1})}, y, true)),
      TWO(({3, 4}), ({}), (x * 1).index_put_({1, slice(1, 3)}, y)),
      TWO(({3, 4}), ({2}), (x * 1).index_put_({1, slice(1, 3)}, y, true)),
      TWO(({3, 4}), ({4}), (x * 1).copy_(y)),
  });
}

TEST_CASE("derivatives of products and layers", "[ops][gradcheck]") {
  check({
      TWO(({2, 3}), ({3, 4}), mm(x, y)),
      TWO(({3}), ({3}), dot(x, y)),
      TWO(({2, 3}), ({3}), mv(x, y)),
      TWO(({2}), ({3}), outer(x, y)),
      TWO(({2, 2, 3}), ({2, 3, 2}), bmm(x, y)),
      TWO(({3}), ({3, 2}), matmul(x, y)),
      TWO(({2, 2, 3}), ({3}), matmul(x, y)),
      TWO(({2, 2, 3}), ({3, 2}), matmul(x, y)),
      TWO(({3}), ({2, 3, 2}), matmul(x, y)),
      TWO(({2, 1, 2, 3}), ({2, 3, 2}), matmul(x, y)),
      TWO(({2, 3}), ({2, 3, 2}), matmul(x, y)),
      TWO(({2, 3}), ({4, 3}), linear(x, y)),
      TWO(({3}), ({4, 3}), linear(x, y)),
      TWO(({2, 2, 3}), ({4, 3}), linear(x, y)),
      TWO(({2, 3}), ({4, 3}), linear(x.t().contiguous().t(), y.t().contiguous().t())),
      Case{"linear with a bias",
           {{2, 2, 3}, {4, 3}, {4}},
           [](const Inputs& in) { return linear(in[0], in[1], in[2]); }},
      Case{"linear of a vector with a bias",
           {{3}, {4, 3}, {4}},
           [](const Inputs& in) { return linear(in[0], in[1], in[2]); }},
      Case{"addmm",
           {{4}, {2, 3}, {3, 4}},
           [](const Inputs& in) { return addmm(in[0], in[1], in[2]); }},
      Case{"addmm with factors",
           {{2, 1}, {2, 3}, {3, 4}},
           [](const Inputs& in) { return addmm(in[0], in[1], in[2], 0.5, -2); }},
      Case{"layer_norm of two dimensions",
           {{2, 3, 2}, {3, 2}, {3, 2}},
           [](const Inputs& in) {
             return layer_norm(in[0], {3, 2}, in[1], in[2]);
           }},
      Case{"layer_norm with a weight",
           {{2, 3}, {3}},
           [](const Inputs& in) { return layer_norm(in[0], {3}, in[1], {}, 0.1); }},
      Case{"layer_norm with a bias",
           {{2, 3}, {3}},
           [](const Inputs& in) { return layer_norm(in[0], {3}, {}, in[1], 0.1); }},
      ONE(({3, 2}), layer_norm(x.t(), {3}, {}, {}, 0.5)),
      ONE(({2, 3}), softplus(x, 3, 2)),
      ONE(({2, 3}), softplus(x - 0.5, -2)),
      TWO(({2, 3}), ({3}), pow(x, y)),
      TWO(({2, 3}), ({2, 1}), x / y),
      TWO(({2, 3}), ({}), x % (y + 0.1)),
      TWO(({2, 3}), ({3}), maximum(x, y)),
      TWO(({2, 3}), ({3}), x.to(float64) - y * 2),
  });
}

TEST_CASE("dropout's derivative is its mask", "[ops][gradcheck]") {
  for (const bool turned : {false, true}) {
    const auto f = [turned](const Inputs& in) {
      Generator generator(5);
      return dropout(turned ? in[0].t() : in[0], 0.4, true, &generator);
    };
    const auto in_place = [](const Inputs& in) {
      Generator generator(5);
      const Tensor y = in[0] * 2;
      dropout_(y, 0.4, true, &generator);
      return y;
    };
    const Tensor x = leaf({4, 5});
    CHECK(autograd::gradcheck(f, {x}));
    CHECK(autograd::gradgradcheck(f, {x}));
    CHECK(autograd::gradcheck(in_place, {x}));
  }
}
