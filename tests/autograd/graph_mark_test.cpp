#include "wick/graph_mark.h"

#include "catch.h"
#include "wick/autograd.h"
#include "wick/ops.h"

using wick::Tensor;

namespace {

bool contains(const std::vector<Tensor>& tensors, const Tensor& wanted) {
  for (const Tensor& t : tensors)
    if (t.is_same(wanted)) return true;
  return false;
}

}  // namespace

TEST_CASE("a mark knows what was taken in since", "[autograd]") {
  const Tensor a = wick::ones({2}).requires_grad_(), b = wick::ones({2}).requires_grad_();
  const Tensor before = a.exp();
  const wick::autograd::GraphMark mark;
  CHECK(mark.leaves(before).empty());
  const Tensor after = (before * b).sum();
  REQUIRE(mark.leaves(after).size() == 1);
  CHECK(contains(mark.leaves(after), b));
  const Tensor both = after + a.sum();
  CHECK(mark.leaves(both).size() == 2);
  CHECK(contains(mark.leaves(both), a));
  CHECK(mark.leaves(b).size() == 1);  // a leaf itself
  CHECK(mark.leaves(Tensor()).empty());
  CHECK(mark.leaves(wick::ones({2})).empty());
  const wick::NoGradGuard guard;
  CHECK(mark.leaves(b * 2).empty());
}
