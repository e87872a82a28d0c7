// Norms and their slopes, for each of the ways in which a p is computed.
#include <limits>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

const double infinity = std::numeric_limits<double>::infinity();

struct Case {
  double p;
  double norm;                 // of [0, -4, 9, 0]
  std::vector<double> slopes;  // PyTorch's
};

}  // namespace

TEST_CASE("norm and its slope for every p, with zeros in the input", "[norm][autograd]") {
  const std::vector<Case> cases = {
      {0, 2, {0, 0, 0, 0}},
      {0.5, 25, {0, -2.5, 5. / 3, 0}},
      {1, 13, {0, -1, 1, 0}},
      {2, 9.848857801796104, {0, -0.4061384660534476, 0.9138115486202572, 0}},
      {3, 9.25602237474319, {0, -0.1867545498056634, 0.9454449083911709, 0}},
      {infinity, 9, {0, 0, 1, 0}},
      {-infinity, 0, {0, 0, 0, 0}},
      {-1, 0, {0, 0, 0, 0}},
  };
  for (const DType dtype : {float64, float32}) {
    const double near = dtype == float64 ? 1e-9 : 1e-6;
    for (const Case& c : cases) {
      const Tensor x = tensor({0., -4., 9., 0.}, {.dtype = dtype}).requires_grad_();
      const Tensor y = x.norm(c.p);
      CAPTURE(c.p, name(dtype));
      CHECK(y.item<double>() == Approx(c.norm).epsilon(near));
      y.backward();
      REQUIRE(x.grad().defined());
      for (size_t i = 0; i < 4; ++i)
        CHECK(x.grad()[static_cast<int64_t>(i)].item<double>() ==
              Approx(c.slopes[i]).epsilon(near).margin(1e-12));
    }
  }
}

TEST_CASE("the slope of a norm is 0 where all is 0", "[norm][autograd]") {
  for (const double p : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, infinity, -infinity, -1.0, -0.5}) {
    const Tensor x = zeros({2, 3}, {.requires_grad = true});
    CAPTURE(p);
    x.norm(p).backward();
    CHECK(equal(x.grad(), zeros({2, 3})));
    const Tensor z = zeros({2, 3}, {.requires_grad = true});
    z.norm(p, 1, true).sum().backward();
    CHECK(equal(z.grad(), zeros({2, 3})));
  }
}

TEST_CASE("ties share the slope of the largest", "[norm][autograd]") {
  const Tensor x = tensor({2., -2., 1.}).requires_grad_();
  x.norm(infinity).backward();
  CHECK(x.grad().to_vector<double>() == std::vector<double>{0.5, -0.5, 0});
}

TEST_CASE("norms of nothing and of the wrong thing", "[norm]") {
  for (const double p : {0.0, 1.0, 2.0, 3.0}) CHECK(zeros({0}).norm(p).item<double>() == 0);
  CHECK(zeros({2, 0}).norm(2, 1).to_vector<double>() == std::vector<double>{0, 0});
  CHECK_THROWS_AS(ones({2}, {.dtype = int64}).norm(), TypeError);
  CHECK_THROWS_AS(ones({2}).norm(2, 1), IndexError);
}
