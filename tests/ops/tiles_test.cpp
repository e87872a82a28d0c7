// Operations on tensors large enough for tiles, and for streaming stores, against index arithmetic.
#include "catch.h"
#include "layouts.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/random.h"
#include "wick/threads.h"

using layouts::Rng;
using wick::DType;
using wick::Tensor;

namespace {

/// Small whole numbers, exact in every dtype, with dimensions in any order in memory.
Tensor permuted(Rng& rng, const wick::Shape& shape, DType dtype) {
  std::vector<int64_t> order(shape.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  std::shuffle(order.begin(), order.end(), rng);
  wick::Shape stored = shape, back = shape;
  for (size_t i = 0; i < order.size(); ++i) {
    stored.begin()[i] = shape.begin()[order[i]];
    back.begin()[order[i]] = static_cast<int64_t>(i);
  }
  std::vector<double> values;
  for (int64_t i = 0; i < shape.numel(); ++i)
    values.push_back(static_cast<double>(layouts::pick(rng, 0, 10)));
  return wick::tensor(values).reshape(stored).to(dtype).permute(back);
}

wick::Shape large_shape(Rng& rng) {
  wick::Shape shape;
  for (int64_t n = layouts::pick(rng, 2, 4); n > 0; --n)
    shape.push_back(layouts::pick(rng, 1, shape.numel() > 3000 ? 4 : 200));
  return shape;
}

template <class F>
std::vector<double> zipped(const Tensor& a, const Tensor& b, const wick::Shape& shape, F f) {
  std::vector<double> x = layouts::spread(a, shape);
  const std::vector<double> y = layouts::spread(b, shape);
  for (size_t i = 0; i < x.size(); ++i) x[i] = f(x[i], y[i]);
  return x;
}

}  // namespace

TEST_CASE("operands whose elements lie across each other", "[pointwise]") {
  Rng rng(4);
  for (int repeat = 0; repeat < 80; ++repeat) {
    const auto dtype = static_cast<DType>(layouts::pick(rng, 0, wick::dtype_count - 2));
    const auto other = static_cast<DType>(layouts::pick(rng, 0, wick::dtype_count - 2));
    const wick::Shape shape = large_shape(rng);
    const Tensor a = permuted(rng, shape, dtype);
    const Tensor b = permuted(rng, layouts::broadcastable(rng, shape), dtype);
    const Tensor c = permuted(rng, shape, dtype) < permuted(rng, shape, dtype);
    INFO("repeat " << repeat << ", shape " << shape.to_string());
    const auto plus = [](double x, double y) { return x + y; };
    REQUIRE((a + b).to_vector<double>() == zipped(a, b, shape, plus));
    REQUIRE((a <= b).to_vector<double>() ==
            zipped(a, b, shape, [](double x, double y) { return x <= y ? 1.0 : 0.0; }));
    const std::vector<double> vc = c.to_vector<double>();
    std::vector<double> want = layouts::spread(a, shape);
    const std::vector<double> vb = layouts::spread(b, shape);
    for (size_t i = 0; i < want.size(); ++i)
      if (vc[i] == 0) want[i] = vb[i];
    REQUIRE(where(c, a, b).to_vector<double>() == want);
    REQUIRE(a.contiguous().to_vector<double>() == a.to_vector<double>());
    REQUIRE(a.clone().to_vector<double>() == a.to_vector<double>());
    const Tensor converted = wick::empty(shape, other);
    converted.copy_(b);
    REQUIRE(converted.to_vector<double>() == layouts::spread(b, shape));
    REQUIRE(a.equal(a.contiguous()));
    const Tensor sum = a.clone();
    sum.add_(b);
    REQUIRE(sum.to_vector<double>() == zipped(a, b, shape, plus));
    if (a.size(0) > 1)
      REQUIRE(wick::cat({a.slice(0, 0, 1), a.slice(0, 1)}, 0).to_vector<double>() ==
              a.to_vector<double>());
    REQUIRE(flip(flip(a, {0, -1}), {0, -1}).equal(a));
  }
}

TEST_CASE("results beyond the caches are those of their parts", "[pointwise]") {
  constexpr int64_t rows = 1031, cols = 2051;  // odd, so that rows begin anywhere in a line
  const Tensor a = wick::randn({rows, cols}), b = wick::randn({rows, cols});
  const Tensor t = wick::randn({cols, rows}), row = wick::randn({cols});
  const Tensor column = wick::randn({rows, 1}), mask = a > 0;
  const auto check = [&](const char* name, auto op) {
    INFO(name);
    const Tensor whole = op(a, b, t.t(), column, mask);
    REQUIRE(whole.numel() * static_cast<int64_t>(element_size(whole.dtype())) > (6 << 20));
    for (int64_t i = 0; i < rows; i += 103) {
      const auto part = [&](const Tensor& x) { return x.slice(0, i, i + 103).contiguous(); };
      const Tensor small = op(part(a), part(b), part(t.t()), part(column), part(mask));
      REQUIRE(whole.slice(0, i, i + 103).equal(small));
    }
  };
  using wick::where;
  check("add",
        [](const auto& x, const auto& y, const auto&, const auto&, const auto&) { return x + y; });
  check("row",
        [&](const auto& x, const auto&, const auto&, const auto&, const auto&) { return row - x; });
  check("column",
        [](const auto& x, const auto&, const auto&, const auto& c, const auto&) { return x * c; });
  check("transposed",
        [](const auto& x, const auto&, const auto& z, const auto&, const auto&) { return x / z; });
  check("scalar", [](const auto& x, const auto&, const auto&, const auto&, const auto&) {
    return maximum(x, x * 0.5);
  });
  check("where", [](const auto& x, const auto&, const auto& z, const auto&, const auto& m) {
    return where(m, x, z);
  });
  check("where scalar", [](const auto& x, const auto&, const auto&, const auto&, const auto& m) {
    return where(m, 0, x);
  });
  check("copy", [](const auto&, const auto&, const auto& z, const auto&, const auto&) {
    return z.contiguous().clone();
  });
  check("repeat", [](const auto& x, const auto&, const auto&, const auto& c, const auto&) {
    return c.expand(x.shape()).contiguous();
  });
  check("every other", [](const auto& x, const auto& y, const auto&, const auto&, const auto&) {
    return wick::cat({x.slice(1, 0, {}, 2), y.slice(1, 1, {}, 2)}, 1);
  });
  check("double", [](const auto& x, const auto&, const auto&, const auto&, const auto&) {
    return x.to(wick::float64);
  });
  check("int64", [](const auto& x, const auto&, const auto&, const auto&, const auto&) {
    return (x * 10).to(wick::int64);
  });
  check("bool", [](const auto&, const auto&, const auto&, const auto&, const auto& m) {
    return m.to(wick::float32);
  });
  check("half", [](const auto& x, const auto&, const auto&, const auto&, const auto&) {
    return wick::cat({x.to(wick::bfloat16), x.to(wick::float16).to(wick::bfloat16)}, 1);
  });
  check("widened", [](const auto& x, const auto&, const auto&, const auto&, const auto&) {
    return x.to(wick::float16).to(wick::float32);
  });
}

TEST_CASE("the number of threads does not change tiles", "[pointwise]") {
  const Tensor a = wick::randn({700, 900}), b = wick::randn({900, 700});
  Tensor one;
  {
    const wick::NumThreadsGuard guard(1);
    one = a + b.t();
  }
  for (const int threads : {2, 3, 7}) {
    const wick::NumThreadsGuard guard(threads);
    REQUIRE((a + b.t()).equal(one));
  }
}
