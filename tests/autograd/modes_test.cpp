// The modes: on each thread its own, and what they mean for tensors made in them.
#include <thread>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;
V numbers(const Tensor& t) { return t.to_vector<double>(); }
Tensor leaf() { return ones({2}, {.requires_grad = true}); }

}  // namespace

TEST_CASE("guards put back what was before", "[autograd][modes]") {
  CHECK(is_grad_enabled());
  {
    const GradModeGuard off(false);
    CHECK_FALSE(is_grad_enabled());
    {
      const GradModeGuard same(false);
      CHECK_FALSE(is_grad_enabled());
    }
    CHECK_FALSE(is_grad_enabled());
    {
      const GradModeGuard on(true);
      CHECK(is_grad_enabled());
    }
    CHECK_FALSE(is_grad_enabled());
  }
  CHECK(is_grad_enabled());
  {
    const EnableGradGuard on;
    CHECK(is_grad_enabled());
  }
  CHECK(is_grad_enabled());
}

TEST_CASE("inference mode nests, and gradients come back after it", "[autograd][modes]") {
  CHECK_FALSE(is_inference_mode_enabled());
  {
    const InferenceModeGuard outer;
    CHECK(is_inference_mode_enabled());
    CHECK_FALSE(is_grad_enabled());
    {
      const InferenceModeGuard inner;
      CHECK(is_inference_mode_enabled());
    }
    CHECK(is_inference_mode_enabled());
    CHECK_FALSE(is_grad_enabled());
  }
  CHECK_FALSE(is_inference_mode_enabled());
  CHECK(is_grad_enabled());
  CHECK((leaf() * 2).requires_grad());
}

TEST_CASE("modes are those of one thread", "[autograd][modes]") {
  const NoGradGuard off;
  const InferenceModeGuard inference;
  bool grad = false, infers = true;
  std::thread([&] {
    grad = is_grad_enabled() && (leaf() * 2).requires_grad();
    infers = is_inference_mode_enabled() || ones({1}).is_inference();
  }).join();
  CHECK(grad);
  CHECK_FALSE(infers);
}

TEST_CASE("a pass may run without gradients", "[autograd][modes]") {
  const Tensor x = leaf(), y = (x * x).sum();
  {
    const NoGradGuard off;
    y.backward();
  }
  CHECK(numbers(x.grad()) == V{2, 2});
}

TEST_CASE("what is made in inference mode stays out of graphs", "[autograd][modes]") {
  const Tensor x = leaf(), outside = zeros({2});
  Tensor made, mask, view, requiring, of_outside;
  {
    const InferenceModeGuard guard;
    made = ones({2});
    mask = made > 0;
    view = made[0];
    of_outside = outside[0];
    requiring = ones({2}).requires_grad_();  // allowed in here
    CHECK(requiring.requires_grad());
    CHECK_FALSE((x * 2).requires_grad());
    made.add_(1);
    outside.add_(1);  // tensors from outside can be written to
    CHECK_NOTHROW(requiring.add_(1));
  }
  CHECK(made.is_inference());
  CHECK(view.is_inference());
  CHECK_FALSE(of_outside.is_inference());
  CHECK_FALSE(outside.is_inference());
  CHECK(outside.version() == 1);
  CHECK(numbers(made) == V{2, 2});
  const std::string inplace =
      "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a "
      "clone to get a normal tensor before doing inplace update.See "
      "https://github.com/pytorch/rfcs/pull/17 for more details.";
  CHECK_THROWS_WITH(made.add_(1), inplace);
  CHECK_THROWS_WITH(view.fill_(1), inplace);
  CHECK_THROWS_WITH(made.requires_grad_(),
                    "Setting requires_grad=True on inference tensor outside InferenceMode is not "
                    "allowed.");
  CHECK_NOTHROW(made.requires_grad_(false));
  const std::string saved =
      "Inference tensors cannot be saved for backward. To work around you can make a clone to get "
      "a normal tensor and use it in autograd.";
  CHECK_THROWS_WITH(x * made, saved);
  CHECK_THROWS_WITH(x / made, saved);
  CHECK_THROWS_WITH(where(mask, x, x), saved);
  CHECK_THROWS_WITH((x.view({1, 2})).matmul(made), saved);
  CHECK_NOTHROW(x + made);
  CHECK_NOTHROW(x - made);
  CHECK_NOTHROW(made * 2);
  CHECK_NOTHROW(made.clone().add_(1));
  {
    const NoGradGuard off;
    CHECK_NOTHROW(x * made);
  }
}

TEST_CASE("leaves say whether they require gradients", "[autograd][modes]") {
  const Tensor x = ones({2});
  CHECK(x.requires_grad_().is_same(x));
  CHECK(x.requires_grad());
  x.requires_grad_();
  CHECK(x.requires_grad());
  CHECK_FALSE(x.requires_grad_(false).requires_grad());
  const Tensor y = leaf() * 2;
  CHECK_THROWS_WITH(y.requires_grad_(false),
                    "you can only change requires_grad flags of leaf variables. If you want to use "
                    "a computed variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach().");
  CHECK_NOTHROW(y.requires_grad_());
  CHECK(y.grad_fn() == "MulBackward0");
  CHECK_THROWS_WITH(ones({2}, int64).requires_grad_(),
                    "Only Tensors of floating point and complex dtype can require gradients");
  CHECK_THROWS_AS(ones({2}, bool_).requires_grad_(), TypeError);
  CHECK_NOTHROW(ones({2}, int64).requires_grad_(false));
  CHECK_NOTHROW(ones({2}, bfloat16).requires_grad_());
}

TEST_CASE("detach_ takes out what is no view", "[autograd][modes]") {
  const Tensor x = leaf();
  CHECK(x.detach_().is_same(x));
  CHECK_FALSE(x.requires_grad());
  const Tensor y = leaf() * 2;
  CHECK_THROWS_WITH(y[0].detach_(), ContainsSubstring("Can't detach views in-place. Use detach()"));
  y.detach_();
  CHECK(y.is_leaf());
  CHECK(y.grad_fn().empty());
  CHECK_NOTHROW(ones({2})[0].detach_());  // nothing to take out
  CHECK_FALSE(leaf().detach().requires_grad());
  CHECK(leaf().requires_grad());
}

TEST_CASE("the gradient of a tensor is given and taken away", "[autograd][modes]") {
  const Tensor x = leaf();
  CHECK(x.set_grad(full({2}, 3.)).is_same(x));
  (x * 2).sum().backward();
  CHECK(numbers(x.grad()) == V{5, 5});
  CHECK_THROWS_WITH(x.set_grad(x), "can't assign Variable as its own grad");
  CHECK_THROWS_WITH(x.set_grad(ones({2}, float64)),
                    "assigned grad has data of a different type: float64, not float32");
  CHECK_THROWS_WITH(x.set_grad(empty({2}, {.device = Device::meta})),
                    "assigned grad has data located on a different device");
  CHECK_THROWS_WITH(x.set_grad(ones({3})),
                    "assigned grad has data of a different size: [3], not [2]");
  CHECK(numbers(x.grad()) == V{5, 5});
}
