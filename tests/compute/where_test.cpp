// where, clamp, masked_fill and ranges in traces.
#include "compute/where.h"

#include "catch.h"
#include "compute/mask.h"
#include "compute/range.h"
#include "compute/traced.h"
#include "wick/autograd.h"
#include "wick/random.h"

using namespace wick;
using traced::check;
using traced::Trace;

namespace {

using Inputs = std::vector<Tensor>;

Tensor numbers(const Shape& shape, DType dtype) {
  return randint(-3, 4, shape, DType::float32).to(dtype);
}

}  // namespace

TEST_CASE("trace: where", "[compute]") {
  for (const DType dtype : {DType::float32, DType::float64, DType::bfloat16, DType::int32}) {
    INFO(name(dtype));
    const Inputs in = {randint(2, {4, 6}).to(DType::bool_), numbers({4, 6}, dtype),
                       numbers({6}, dtype)};
    check(in, [](const Inputs& x) { return where(x[0], x[1], x[2]); });
    check(in, [](const Inputs& x) { return where(x[0].t(), x[1].t(), 2); });
    check(in, [](const Inputs& x) { return where(x[0], 0.5, x[1]); });  // promotes
    check(in, [](const Inputs& x) { return where(x[0], 1, 2); });
    check(in, [](const Inputs& x) { return where(x[0], x[1], ones({6}, DType::float64)); });
  }
  const Trace trace({ones({2}, DType::bool_)},
                    [](const Inputs& x) { return where(x[0], 1.5, 2.5); });
  const auto* noted = trace.notes.at(0).primitive.get<compute::Where>();
  REQUIRE(noted);
  float number = 0;
  std::memcpy(&number, noted->number_x.bytes, sizeof(number));
  CHECK(number == 1.5F);
}

TEST_CASE("trace: clamp", "[compute]") {
  for (const DType dtype :
       {DType::float32, DType::float64, DType::float16, DType::int64, DType::uint8}) {
    INFO(name(dtype));
    const Inputs in = {numbers({4, 6}, dtype)};
    check(in, [](const Inputs& x) { return clamp(x[0], -1, 2); });
    check(in, [](const Inputs& x) { return clamp(x[0].t(), 1, {}); });
    check(in, [](const Inputs& x) { return clamp(x[0], {}, 1.5); });  // promotes integers
    check(in, [](const Inputs& x) { return x[0].clone().t().clamp_(1, 2); });
  }
  check({numbers({4, 6}, DType::float32), ones({4, 6})}, [](const Inputs& in) {
    const Tensor x = in[0].detach().requires_grad_();
    x.clamp(-2, 2).backward(in[1]);
    return x.grad();
  });
  const compute::TraceGuard guard;
  const Tensor bytes = empty({2}, {.dtype = DType::uint8, .device = Device::meta});
  CHECK_THROWS_AS(clamp(bytes, 300, {}), ValueError);
  CHECK_THROWS_AS(clamp(bytes, {}, {}), ValueError);
  CHECK(guard.notes().empty());
}

TEST_CASE("trace: masked_fill", "[compute]") {
  for (const DType dtype : {DType::float32, DType::float64, DType::bfloat16, DType::bool_}) {
    INFO(name(dtype));
    const Inputs in = {numbers({4, 6}, dtype), randint(2, {4, 6}).to(DType::bool_),
                       randint(2, {6}).to(DType::bool_)};
    check(in, [](const Inputs& x) { return masked_fill(x[0], x[1], 7); });
    check(in, [](const Inputs& x) { return masked_fill(x[0].t(), x[2].unsqueeze(1), -7); });
    check(in, [](const Inputs& x) {
      const Tensor y = x[0].clone();
      y.t().masked_fill_(x[1].t(), 1);
      return y;
    });
  }
  check({randint(2, {3, 3}).to(DType::bool_)}, [](const Inputs& x) {  // the mask overlaps
    const Tensor y = x[0].clone();
    return y.masked_fill_(y.t(), true);
  });
  const Tensor mask = empty({2}, {.dtype = DType::bool_, .device = Device::meta});
  const compute::TraceGuard guard;
  CHECK_THROWS_AS(nonzero(mask), TypeError);
  CHECK_THROWS_AS(masked_select(ones({2}), mask), TypeError);
  CHECK_THROWS_AS(ones({2}).masked_fill_(mask, 1), TypeError);
  CHECK(masked_fill(empty({0}, {.device = Device::meta}), mask[0], 1).numel() == 0);
  CHECK(guard.notes().empty());
}

TEST_CASE("trace: what is created on meta gets its elements, too", "[compute]") {
  for (const DType dtype : {DType::float32, DType::float16, DType::int64, DType::uint8}) {
    INFO(name(dtype));
    const auto both = [&](auto create) {
      const Trace trace(
          {}, [&](const Inputs&) { return create({.dtype = dtype, .device = Device::meta}); });
      traced::check_same_bits(trace.replay({}), create({.dtype = dtype}));
    };
    both([](const TensorOptions& o) { return arange(2, 30, 3, o); });
    both([](const TensorOptions& o) { return arange(0.5, 9, 0.75, o); });
    both([](const TensorOptions& o) { return linspace(3, 90, 7, o); });
    both([](const TensorOptions& o) { return eye(3, 4, o); });
    both([](const TensorOptions& o) { return full({2, 3}, 4, o); });
    both([](const TensorOptions& o) { return tensor(5, o); });
    both([](const TensorOptions& o) { return tensor({1, 2, 3}, o); });
    both([](const TensorOptions& o) { return zeros({2}, o); });
  }
  const Trace trace({}, [](const Inputs&) { return arange(4, {.device = Device::meta}); });
  CHECK(trace.notes.at(0).primitive.get<compute::Range>()->step.to_int64() == 1);
}
