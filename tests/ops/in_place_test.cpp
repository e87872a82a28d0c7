#include "catch.h"
#include "wick/ops.h"

using namespace wick;

namespace {

std::vector<float> floats(const Tensor& x) { return x.to_vector<float>(); }
std::vector<int64_t> integers(const Tensor& x) { return x.to_vector<int64_t>(); }

}  // namespace

TEST_CASE("In-place operations on overlapping memory see the values of before", "[pointwise]") {
  const Tensor x = arange(10);
  x(slice(1, none)) += x(slice(none, -1));
  CHECK(integers(x) == std::vector<int64_t>{0, 1, 3, 5, 7, 9, 11, 13, 15, 17});
  const Tensor m = arange(10000.0).view({100, 100});
  const Tensor want = m + m.t();
  m.add_(m.t());
  CHECK(m.equal(want));
  m.mul_(m);
  CHECK(m.equal(want * want));
  const Tensor v = tensor({2., 3., 4.});
  v.div_(v[0]);
  CHECK(floats(v) == std::vector<float>{1, 1.5F, 2});
}

TEST_CASE("In-place operations check before they write", "[pointwise]") {
  const Tensor f = ones({3});
  const Tensor i = ones({3}, int64);
  const uint64_t version = f.version();
  CHECK_THROWS_AS(f.add_(ones({2, 3})), ShapeError);
  CHECK_THROWS_WITH(f.add_(ones({2, 3})),
                    "output with shape [3] doesn't match the broadcast shape [2, 3]");
  CHECK_THROWS_WITH(i.add_(1.5), "result type Float can't be cast to the desired output type Long");
  CHECK_THROWS_AS(i.div_(2), TypeError);
  CHECK_THROWS_AS(ones({2}, bool_).add_(1), TypeError);
  CHECK_THROWS_AS(i.floor_divide_(0), ValueError);
  CHECK_THROWS_AS(f.expand({2, 3}).add_(1), Error);
  CHECK_THROWS_AS(f.expand({2, 3}).exp_(), Error);
  CHECK_THROWS_AS(f.add_(empty({3}, {.device = meta})), TypeError);
  CHECK(f.equal(ones({3})));
  CHECK(i.equal(ones({3}, int64)));
  CHECK(f.version() == version);
  f.add_(i);
  CHECK(f.version() == version + 1);
  CHECK(floats(ones({2}, float16).add_(tensor({0.5, 1.}))) == std::vector<float>{1.5F, 2});
  CHECK(integers(ones({2}, uint8).add_(tensor({300, 1}))) == std::vector<int64_t>{45, 2});

  const Tensor leaf = ones({2});
  leaf.requires_grad_();
  CHECK_THROWS_WITH(leaf.add_(1),
                    "a leaf Variable that requires grad is being used in an in-place operation.");
  CHECK_THROWS_AS(leaf.exp_(), Error);
  CHECK_THROWS_AS(leaf.clamp_(0), Error);
  CHECK_THROWS_AS(leaf.pow_(2), Error);
}
