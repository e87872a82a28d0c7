// Products, rearrangements and indexing: what is noted of them on meta computes what they do.
#include <cstring>

#include "catch.h"
#include "compute/replay.h"
#include "wick/wick.h"

using namespace wick;

namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const Tensor x = a.contiguous(), y = b.contiguous();
  const size_t size = static_cast<size_t>(x.numel()) * element_size(x.dtype());
  return size == 0 || std::memcmp(core::bytes(x), core::bytes(y), size) == 0;
}

/// What `op` gives for the inputs, and that its notes, taken on meta, give the same. The last of
/// the notes is named `last`.
template <class F>
Tensor noted(std::string_view last, const std::vector<Tensor>& inputs, const F& op) {
  std::vector<Tensor> given, traced;
  for (const Tensor& x : inputs) {
    given.push_back(x.clone());
    traced.push_back(x.to(Device::meta));
  }
  const Tensor expected = op(given);
  const compute::TraceGuard guard;
  const Tensor result = op(traced);
  CHECK(result.is_meta());
  CHECK(result.strides() == expected.strides());
  if (expected.numel() > 0) {
    REQUIRE_FALSE(guard.notes().empty());
    CHECK(guard.notes().back().primitive.name() == last);
  }
  compute::Replay replay;
  for (size_t i = 0; i < inputs.size(); ++i) replay.bind(traced[i], inputs[i].clone());
  replay.run(guard.notes());
  CAPTURE(last, expected.shape(), expected.dtype());
  CHECK(same_bits(replay.value(result), expected));
  return expected;
}

using List = std::vector<Tensor>;

}  // namespace

TEST_CASE("noted products compute what products do", "[compute]") {
  manual_seed(1);
  for (const DType dtype : {float32, float64, bfloat16, float16, int64, int32, uint8}) {
    const auto random = [&](const Shape& shape) { return randint(0, 5, shape).to(dtype); };
    const List matrices{random({7, 5}), random({9, 5}), random({9}), random({1})};
    noted("matmul", matrices, [](const List& x) { return mm(x[0], x[1].t()); });
    noted("matmul", matrices, [](const List& x) { return mv(x[1].t(), x[2]); });
    noted("matmul", matrices, [](const List& x) { return dot(x[2], x[2]); });
    noted("linear", matrices, [](const List& x) { return linear(x[0], x[1], x[2]); });
    noted("linear", matrices, [](const List& x) { return linear(x[0], x[1], x[3]); });
    noted("linear", matrices, [](const List& x) { return linear(x[0](0), x[1]); });
    noted("matmul", {random({3, 4, 2}), random({3, 4, 6})},
          [](const List& x) { return bmm(transpose(x[0], 1, 2), x[1]); });
    noted("matmul", {random({0, 4}), random({4, 6})}, [](const List& x) { return mm(x[0], x[1]); });
    const Tensor zeros = noted("matmul", {random({2, 0}), random({0, 3})},
                               [](const List& x) { return mm(x[0], x[1]); });
    CHECK(equal(zeros, wick::zeros({2, 3}, dtype)));
  }
  for (const Device device : {Device::cpu, Device::meta}) {
    const Tensor mask = ones({2, 2}, {.dtype = bool_, .device = device});
    CHECK_THROWS_WITH(mm(mask, mask), "\"addmm_impl_cpu_\" not implemented for 'Bool'");
    CHECK_THROWS_AS(linear(mask, mask), TypeError);
    // One bias for all rows, where weights are packed.
    const Tensor x = ones({2, 2}, {.device = device});
    CHECK_THROWS_AS(linear(x, x, x), ShapeError);
  }
}

TEST_CASE("fused layers are noted as such, with weights on either device", "[compute]") {
  manual_seed(2);
  for (const DType dtype : {float32, bfloat16, float16}) {
    const List tensors{randn({3, 4, 16}).to(dtype), randn({64, 16}).to(dtype),
                       randn({64}).to(dtype), randn({8, 64}).to(dtype), randn({8}).to(dtype)};
    noted("feed_forward", tensors, [](const List& x) {
      return fused_feed_forward(x[0], {x[1], x[2]}, Activation::gelu, {x[3], x[4]});
    });
    noted("feed_forward", {tensors[0]}, [&](const List& x) {
      return fused_feed_forward(x[0].transpose(0, 1), {tensors[1], {}}, Activation::relu,
                                {tensors[3], {}});
    });
    const Tensor on_meta = tensors[0].to(Device::meta);
    CHECK_FALSE(fused_feed_forward(on_meta, {tensors[1], tensors[2]}, Activation::relu,
                                   {tensors[3], tensors[4]})
                    .defined());
  }
  noted("linear_activation", {randn({5, 16}), randn({20, 16}), randn({20})}, [](const List& x) {
    return fused_linear_activation(x[0], {x[1], x[2]}, Activation::silu);
  });
}

TEST_CASE("noted rearrangements compute what they do", "[compute]") {
  for (const DType dtype : {float32, float64, bfloat16, int64, uint8, bool_}) {
    const List x{arange(24).to(dtype).view({2, 3, 4}), arange(12).to(float32).view({3, 1, 4}),
                 zeros({0}, dtype)};
    noted("concatenate", x, [](const List& t) { return cat({t[0], t[0], t[2]}, -1); });
    noted("concatenate", x, [](const List& t) { return cat({t[0].transpose(0, 1), t[1]}, 1); });
    noted("concatenate", x, [](const List& t) { return cat({t[2], t[2]}); });
    noted("concatenate", x, [](const List& t) { return stack({t[0], t[0]}, 1); });
    noted("repeat", x, [](const List& t) { return t[0].repeat({2, 1, 3, 2}); });
    noted("repeat", x, [](const List& t) { return t[0].transpose(0, 2).repeat({1, 1, 1}); });
    noted("repeat", x, [](const List& t) { return t[0].repeat({2, 0, 1}); });
    noted("flip", x, [](const List& t) { return t[0].transpose(0, 2).flip({0, 2}); });
    noted("roll", x, [](const List& t) { return t[0].transpose(0, 2).roll({1, -1}, {0, 1}); });
    noted("roll", x, [](const List& t) { return t[0].transpose(0, 2).roll({5}); });
    noted("triangle", x, [](const List& t) { return t[0].transpose(0, 2).tril(1); });
    noted("triangle", x, [](const List& t) { return t[0].triu(-1); });
  }
}

TEST_CASE("noted indexing computes what it does", "[compute]") {
  for (const DType dtype : {float32, float64, float16, int64, bool_}) {
    const List x{arange(24).to(dtype).view({2, 3, 4}), tensor({{{2}, {0}}, {{1}, {2}}}).to(int64),
                 tensor({1, 0, -1}).to(int64), tensor({2, 0}).to(int32)};
    noted("gather", x, [](const List& t) { return t[0].transpose(1, 2).gather(2, t[1]); });
    noted("index_select", x,
          [](const List& t) { return t[0].transpose(0, 1).index_select(0, t[3]); });
    noted("index_select", x,
          [](const List& t) { return t[0](0, 0, 0).index_select(0, t[3](slice(1, 2))); });
    noted("index", x, [](const List& t) -> Tensor { return t[0](all, t[2]); });
    noted("index", x, [](const List& t) -> Tensor { return t[0](t[2], all, t[2].unsqueeze(1)); });
    noted("index", x, [](const List& t) -> Tensor { return t[0](slice(0, 1), t[2](slice(0, 0))); });
    for (const bool accumulate : {false, true}) {
      noted("index_put", x, [&](const List& t) {
        return t[0].transpose(0, 2).index_put_({t[2], all, t[2]},
                                               t[0](0, 0, slice(0, 3)).unsqueeze(1), accumulate);
      });
      noted("index_put", x,
            [&](const List& t) { return t[0].index_put_({t[2]}, tensor(1.5), accumulate); });
    }
    noted("copy", x, [](const List& t) { return t[0].index_put_({slice(0, 1)}, t[0](1)); });
  }
  const Tensor i = tensor(1).to(int64).to(Device::meta), x = ones({3, 2}).to(Device::meta);
  CHECK(x(i).shape() == Shape{2});
  const compute::TraceGuard guard;
  CHECK_THROWS_WITH(x(i), ContainsSubstring("0-dim"));
  CHECK_THROWS_AS(x(ones({3}, {.dtype = bool_, .device = Device::meta})), TypeError);
}

TEST_CASE("the derivative of overlapping views takes the same way on meta", "[compute]") {
  for (const Device device : {Device::cpu, Device::meta}) {
    const Tensor x = ones({4}, {.device = device, .requires_grad = true});
    as_strided(x, {3, 2}, {1, 1}, 0).sum().backward();
    CHECK(x.grad().shape() == Shape{4});
    CHECK(x.grad().device() == device);
  }
}
