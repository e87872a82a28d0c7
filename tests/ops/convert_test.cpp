// Conversions between all dtypes, copies, clones and fills: elements, layouts, history.
#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
const double infinity = std::numeric_limits<double>::infinity();
const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const std::vector<DType> dtypes = {float32, float64, bfloat16, float16, int64, int32, uint8, bool_};

V numbers(const Tensor& t) { return t.to_vector<double>(); }

/// Elements of `dtype` that are hard to convert, n of them.
Tensor hard_elements(DType dtype, int64_t n) {
  const V special = {0,          -0.0,        1,        -1,   0.5,   1.5,       -1.5,
                     2.5,        127,         128,      255,  256,   300.7,     -300.7,
                     65504,      65520,       3e9,      -3e9, 1e10,  -1e10,     1e19,
                     -1e19,      1e-8,        infinity, 1e40, 1e-40, -infinity, not_a_number,
                     2147483647, -2147483648, 8388609,  2049};
  V values;
  for (int64_t i = 0; i < n; ++i)
    values.push_back(special[static_cast<size_t>(i) % special.size()]);
  return tensor(values).to(dtype);
}

bool same(const V& a, const V& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (a[i] != b[i] || std::signbit(a[i]) != std::signbit(b[i])) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("every dtype becomes every other, element by element, in every layout",
          "[ops][convert]") {
  for (const DType from : dtypes)
    for (const DType to : dtypes) {
      CAPTURE(name(from), name(to));
      const Tensor x = hard_elements(from, 67);
      V expected;
      for (int64_t i = 0; i < 67; ++i)  // one at a time
        expected.push_back(x[i].to(to).item<double>());
      CHECK(x.to(to).dtype() == to);
      CHECK(same(numbers(x.to(to)), expected));
      for (int64_t n = 0; n < 20; ++n)
        CHECK(same(numbers(x.slice(0, 3, 3 + n).to(to)),
                   V(expected.begin() + 3, expected.begin() + 3 + n)));
      const Tensor spread = zeros({67, 3}, to);
      spread.select(1, 1).copy_(x);  // written with steps
      CHECK(same(numbers(spread.select(1, 1)), expected));
      CHECK_FALSE(spread.select(1, 0).any().item<bool>());
      CHECK_FALSE(spread.select(1, 2).any().item<bool>());
      const Tensor wide = zeros({67, 2}, from);
      wide.select(1, 1).copy_(x);  // read with steps
      CHECK(same(numbers(wide.select(1, 1).to(to)), expected));
      const Tensor repeated = zeros({5, 67}, to);
      repeated.copy_(x);
      CHECK(same(numbers(repeated[4]), expected));
    }
}

TEST_CASE("floats become integers by cutting off, and saturate at 64 bits", "[ops][convert]") {
  const Tensor x = tensor({2.9, -2.9, 1e19, -1e19, not_a_number, infinity}, float64);
  CHECK(x.to(int64).to_vector<int64_t>() ==
        std::vector<int64_t>{2, -2, INT64_MAX, INT64_MIN, 0, INT64_MAX});
  CHECK(tensor({0.5, -0.0, not_a_number, 1e-45}).to(bool_).to_vector<bool>() ==
        std::vector<bool>{true, false, true, true});
  CHECK(tensor({256, 257, -1}).to(uint8).to_vector<int64_t>() == std::vector<int64_t>{0, 1, 255});
  CHECK(tensor({int64_t{1} << 32, (int64_t{1} << 31)}).to(int32).to_vector<int64_t>() ==
        std::vector<int64_t>{0, INT32_MIN});
  CHECK(tensor({true, false}).to(float16).to_vector<double>() == V{1, 0});
}

TEST_CASE("what has the dtype already is not copied", "[ops][convert]") {
  const Tensor x = ones({2, 3}), t = x.t();
  CHECK(x.to(float32).is_same(x));
  CHECK(x.to(cpu).is_same(x));
  CHECK(x.contiguous().is_same(x));
  CHECK_FALSE(x.clone().is_same(x));
  CHECK_FALSE(t.contiguous().is_same(t));
  CHECK(t.contiguous().is_contiguous());
  CHECK(t.to(float64).strides() == Strides{1, 3});  // in the layout of a dense one
  CHECK(t.clone().strides() == Strides{1, 3});
  CHECK(x.expand({2, 2, 3}).clone().is_contiguous());
  CHECK(x(all, slice(none, none, 2)).to(float64).is_contiguous());
  const Tensor on_meta = x.to(Device::meta);
  CHECK(on_meta.is_meta());
  CHECK(on_meta.shape() == x.shape());
  CHECK(on_meta.to(float64).dtype() == float64);
  CHECK(on_meta.to(Device::meta).is_same(on_meta));
  CHECK_THROWS_WITH(on_meta.to(cpu), "cannot copy out of a meta tensor: it has no elements");
  CHECK_THROWS_AS(on_meta.to(cpu), TypeError);
}

TEST_CASE("copy_ broadcasts into the target only", "[ops][convert]") {
  const Tensor x = zeros({2, 3});
  CHECK(x.copy_(tensor({1, 2, 3})).is_same(x));
  CHECK(numbers(x) == V{1, 2, 3, 1, 2, 3});
  x.copy_(tensor({{5}, {6}}));
  CHECK(numbers(x) == V{5, 5, 5, 6, 6, 6});
  x.copy_(tensor(7.5));
  CHECK(numbers(x) == V(6, 7.5));
  CHECK_THROWS_WITH(zeros({3}).copy_(x),
                    "output with shape [3] doesn't match the broadcast shape [2, 3]");
  CHECK_THROWS_AS(zeros({1, 3}).copy_(x), ShapeError);
  CHECK_THROWS_AS(x.copy_(zeros({2})), ShapeError);
  CHECK_THROWS_WITH(x.copy_(empty({3}, {.device = Device::meta})),
                    "cannot copy out of a meta tensor: it has no elements");
  const Tensor on_meta = empty({2, 3}, {.device = Device::meta});
  CHECK_NOTHROW(on_meta.copy_(x));
  CHECK_NOTHROW(on_meta.copy_(on_meta));
  CHECK(numbers(x) == V(6, 7.5));
  const uint64_t version = x.version();
  x.copy_(x);
  CHECK(x.version() == version + 1);
  zeros({0, 3}).copy_(tensor({1, 2, 3}));
}

TEST_CASE("copies are recorded: the source gets the gradient, what was there none",
          "[ops][convert]") {
  const Tensor x = ones({2, 3}).requires_grad_();
  const Tensor source = ones({3}, float64).requires_grad_();
  const Tensor y = x * 1;
  y.copy_(source);
  CHECK(y.grad_fn() == "CopyBackwards");
  (y * tensor({{1., 2., 3.}, {4., 5., 6.}})).sum().backward();
  CHECK(numbers(x.grad()) == V(6, 0));
  CHECK(source.grad().dtype() == float64);
  CHECK(numbers(source.grad()) == V{5, 7, 9});
  CHECK(x.clone().grad_fn() == "CloneBackward0");
  CHECK(x.t().contiguous().grad_fn() == "CloneBackward0");
  CHECK(x.to(float64).grad_fn() == "ToCopyBackward0");
  CHECK(x.to(Device::meta).grad_fn() == "ToCopyBackward0");
  const Tensor filled = x * 1;
  filled.fill_(3);
  CHECK(filled.grad_fn() == "FillBackward0");
  filled.sum().backward();
  CHECK(numbers(x.grad()) == V(6, 0));
  x.to(float16).to(float64).sum().backward();
  CHECK(numbers(x.grad()) == V(6, 1));
  CHECK(x.grad().dtype() == float32);
}

TEST_CASE("fill_ writes where the tensor is, and nowhere else", "[ops][convert]") {
  for (const DType dtype : dtypes) {
    const Tensor x = zeros({5, 7}, dtype);
    x(slice(1, 4), slice(1, none, 2)).fill_(1);
    const Tensor t = zeros({7, 5}, dtype);
    t.t()(slice(1, 4), slice(1, none, 2)).fill_(1);
    CAPTURE(name(dtype));
    for (const Tensor& y : {x, t.t()})
      for (int64_t i = 0; i < 5; ++i)
        for (int64_t j = 0; j < 7; ++j)
          CHECK(y(i, j).item<double>() == (i >= 1 && i < 4 && j % 2 == 1 ? 1 : 0));
    CHECK(x.fill_(1).zero_().is_same(x));
    CHECK_FALSE(x.any().item<bool>());
  }
  CHECK_THROWS_AS(zeros({2}, uint8).fill_(300.5), ValueError);
  CHECK(zeros({2}, uint8).fill_(255.5).to_vector<int64_t>() == std::vector<int64_t>{255, 255});
  CHECK(zeros({2}, bool_).fill_(0.5).all().item<bool>());
  CHECK(zeros({2}, int64).fill_(-2.9).to_vector<int64_t>() == std::vector<int64_t>{-2, -2});
  CHECK(zeros({0}).fill_(1).numel() == 0);
  CHECK(empty({2}, {.device = Device::meta}).fill_(1).is_meta());
  // Larger than a thread's part.
  const Tensor big = zeros({3, 40000});
  big.slice(1, 1).fill_(2);
  CHECK(big.sum().item<double>() == 3 * 2 * 39999);
}
