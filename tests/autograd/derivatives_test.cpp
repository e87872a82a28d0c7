// What `record` makes of derivatives: their shapes, their dtypes, and what they keep.
#include <string>
#include <vector>

#include "autograd/node.h"
#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using V = std::vector<double>;

Tensor leaf(const Shape& shape, DType dtype = float32) {
  return ones(shape, {.dtype = dtype, .requires_grad = true});
}
V numbers(const Tensor& t) { return t.to_vector<double>(); }

/// The gradient that x gets from an op whose derivative returns `gradient`.
Tensor given(const Tensor& x, const Tensor& gradient) {
  return autograd::grad(
      {autograd::record("GivenBackward0", zeros({}),
                        autograd::wrt(x, [=](const Tensor&) { return gradient; }))},
      {x}, {.allow_unused = true})[0];
}

}  // namespace

TEST_CASE("a derivative may have any shape that its argument broadcasts to", "[autograd][record]") {
  const auto sums = [](const Shape& from, const Shape& to) {
    const Tensor g = given(leaf(to), ones(from));
    CHECK(g.shape() == to);
    CHECK(numbers(g) == V(static_cast<size_t>(to.numel()),
                          static_cast<double>(from.numel()) / static_cast<double>(to.numel())));
  };
  sums({2, 3}, {2, 3});
  sums({4, 2, 3}, {2, 3});
  sums({2, 3}, {1, 3});
  sums({2, 3}, {2, 1});
  sums({2, 3}, {1, 1});
  sums({2, 3}, {3});
  sums({2, 3}, {1});
  sums({2, 3}, {});
  sums({5, 4, 2, 3}, {4, 1, 3});
  sums({3}, {1, 1, 3});  // leading ones that it lacks
  sums({}, {1, 1});
  const auto refused = [](const Shape& from, const Shape& to) {
    CHECK_THROWS_AS(given(leaf(to), ones(from)), ShapeError);
  };
  refused({3}, {2});
  refused({3}, {2, 3});
  refused({1}, {2});
  refused({2, 3}, {3, 2});
  refused({2, 2}, {2, 3});
  CHECK_THROWS_WITH(given(leaf({2}), ones({3})),
                    "a derivative has shape [3], which cannot be summed to [2]");
  CHECK(autograd::sum_to_shape(arange(6.).view({2, 3}), {3}).to_vector<double>() == V{3, 5, 7});
  CHECK(autograd::sum_to_shape(arange(6.).view({2, 3}), {2, 1}).to_vector<double>() == V{3, 12});
  CHECK(autograd::sum_to_shape(zeros({0, 3}), {3}).to_vector<double>() == V{0, 0, 0});
}

TEST_CASE("a derivative may have any dtype, and be undefined", "[autograd][record]") {
  CHECK(given(leaf({2}), ones({2}, float64)).dtype() == float32);
  CHECK(given(leaf({2}, float64), ones({2})).dtype() == float64);
  CHECK(given(leaf({2}, float16), tensor({1, 2})).dtype() == float16);
  CHECK(numbers(given(leaf({1}), full({2, 2}, 3, float64))) == V{12});
  CHECK_FALSE(given(leaf({2}), Tensor()).defined());
  const Tensor x = leaf({2});
  autograd::record("NoneBackward0", zeros({}),
                   autograd::wrt(x, [](const Tensor&) { return Tensor(); }))
      .backward();
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("a derivative is called only for what requires a gradient", "[autograd][record]") {
  const Tensor x = leaf({2}), w = ones({2}), unused = leaf({2});
  int of_x = 0, of_w = 0, of_unused = 0;
  const auto count = [](int& calls) {
    return [&calls](const Tensor& g) {
      ++calls;
      return g;
    };
  };
  const Tensor y =
      autograd::record("CountBackward0", ones({2}), autograd::wrt(x, count(of_x)),
                       autograd::wrt(w, count(of_w)), autograd::wrt(unused, count(of_unused)));
  autograd::grad({y.sum()}, {x});
  CHECK(of_x == 1);
  CHECK(of_w == 0);
  CHECK(of_unused == 0);  // not asked for
  y.sum().backward();
  CHECK(of_x == 2);
  CHECK(of_unused == 1);
}

TEST_CASE("nothing is recorded for constants, integers, and without gradients",
          "[autograd][record]") {
  const Tensor x = leaf({2}), w = ones({2});
  const auto recorded = [](const Tensor& in, const Tensor& out) {
    return autograd::record("SomeBackward0", out,
                            autograd::wrt(in, [](const Tensor& g) { return g; }));
  };
  const Tensor out = ones({2});
  CHECK(recorded(w, out).is_same(out));
  CHECK_FALSE(out.requires_grad());
  const Tensor whole = ones({2}, int64);
  CHECK(recorded(x, whole).is_same(whole));
  CHECK_FALSE(whole.requires_grad());
  {
    const NoGradGuard off;
    CHECK(recorded(x, out).grad_fn().empty());
  }
  {
    const InferenceModeGuard guard;
    CHECK(recorded(x, out).grad_fn().empty());
  }
  CHECK(recorded(Tensor(), out).grad_fn().empty());  // an argument that was left out
  CHECK(recorded(x, out).grad_fn() == "SomeBackward0");
  CHECK(out.requires_grad());  // the output itself becomes the result
  const Tensor other = recorded(x, out);
  CHECK_FALSE(other.is_same(out));  // which has a history of its own by now
  CHECK(other.shares_storage(out));
}

TEST_CASE("a derivative of two arguments gets the result", "[autograd][record]") {
  const Tensor x = leaf({2});
  const auto fresh = [&] {
    return autograd::record(
        "ResultBackward0", full({2}, 5.),
        autograd::wrt(x, [](const Tensor& g, const Tensor& result) { return g * result; }));
  };
  Tensor y = fresh();
  CHECK(numbers(autograd::grad({y.sum()}, {x}, {.retain_graph = true})[0]) == V{5, 5});
  // Connected, where the pass is recorded: d2y/dx2 is y again.
  const Tensor g = autograd::grad({y.sum()}, {x}, {.create_graph = true})[0];
  CHECK(numbers(autograd::grad({g.sum()}, {x})[0]) == V{5, 5});
  y = fresh();
  y.detach().add_(1);
  CHECK_THROWS_WITH(autograd::grad({y.sum()}, {x}),
                    ContainsSubstring("which is output 0 of ResultBackward0, is at version 1; "
                                      "expected version 0 instead"));
}

TEST_CASE("any number of arguments, each with its gradient", "[autograd][record]") {
  const std::vector<Tensor> inputs{leaf({2}), ones({2}), leaf({2})};
  const Tensor y =
      autograd::record("ManyBackward0", ones({2}), inputs,
                       [](const Tensor& g, size_t i) { return g * static_cast<double>(i + 1); });
  y.sum().backward();
  CHECK(numbers(inputs[0].grad()) == V{1, 1});
  CHECK_FALSE(inputs[1].grad().defined());
  CHECK(numbers(inputs[2].grad()) == V{3, 3});
  const Tensor none_of_them =
      autograd::record("ManyBackward0", ones({2}), std::vector<Tensor>{ones({2})},
                       [](const Tensor& g, size_t) { return g; });
  CHECK_FALSE(none_of_them.requires_grad());
}

TEST_CASE("an operation without a derivative is recorded, and says so", "[autograd][record]") {
  const Tensor x = leaf({2});
  const Tensor y = autograd::record("LostBackward0", ones({2}), {ones({1}), x});
  CHECK(y.grad_fn() == "LostBackward0");
  CHECK_THROWS_WITH(y.sum().backward(), "derivative for LostBackward0 is not implemented");
  CHECK_FALSE(autograd::record("LostBackward0", ones({2}), {ones({1})}).requires_grad());
}

TEST_CASE("record_in_place: the old value, the others, and who has none", "[autograd][record]") {
  const auto twice = [](const Tensor& g) { return g * 2; };
  const auto thrice = [](const Tensor& g) { return g * 3; };
  const Tensor w = leaf({2}), x = leaf({2});
  const Tensor constant = ones({2});
  autograd::record_in_place("WriteBackward0", constant, autograd::wrt(constant, twice),
                            autograd::wrt(w, thrice));
  CHECK(constant.grad_fn() == "WriteBackward0");
  const Tensor y = x * 1;
  autograd::record_in_place("WriteBackward0", y, autograd::wrt(y, twice), autograd::wrt(w, thrice));
  (constant + y).sum().backward();
  CHECK(numbers(w.grad()) == V{6, 6});
  CHECK(numbers(x.grad()) == V{2, 2});
  const Tensor untouched = ones({2});
  autograd::record_in_place("WriteBackward0", untouched, autograd::wrt(untouched, twice));
  CHECK(untouched.is_leaf());
  const Tensor whole = ones({2}, int64);
  autograd::record_in_place("WriteBackward0", whole, autograd::wrt(whole, twice),
                            autograd::wrt(w, thrice));
  CHECK_FALSE(whole.requires_grad());
}

TEST_CASE("a write to a view without a derivative, and to one that was no part of the graph",
          "[autograd][record]") {
  const auto gradient = [](bool view_is_recorded) {
    const Tensor x = leaf({2, 2}), w = leaf({2});
    const Tensor base = x * 1;
    Tensor row;
    {
      const GradModeGuard mode(view_is_recorded);
      row = base[0];
    }
    autograd::record_in_place("WriteBackward0", row,
                              autograd::wrt(row, [](const Tensor&) { return Tensor(); }),
                              autograd::wrt(w, [](const Tensor& g) { return g * 5; }));
    CHECK(base.grad_fn() == "CopySlices");
    base.sum().backward();
    CHECK(numbers(w.grad()) == V{5, 5});
    return numbers(x.grad());
  };
  CHECK(gradient(true) == V{0, 0, 1, 1});
  CHECK(gradient(false) == V{0, 0, 1, 1});
}

TEST_CASE("a gradient of one's own that repeats an element is not added to in place",
          "[autograd][record]") {
  const Tensor x = leaf({3}), y = x * 1;
  const Tensor direct = y * tensor({1., 2., 3.});
  const Tensor repeated = autograd::record(
      "RepeatedBackward0", zeros({}),
      autograd::wrt(y, [](const Tensor&) { return full({}, 2.).expand({3}).detach(); }));
  (direct.sum() + repeated).backward();
  CHECK(numbers(x.grad()) == V{3, 4, 5});
}

TEST_CASE("what keeps no tensor survives the pass, what keeps one does not", "[autograd][record]") {
  const Tensor x = leaf({2});
  const auto again = [](const Tensor& y) {
    y.backward();
    try {
      y.backward();
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  CHECK(again((x + 1).sum()));
  CHECK(again((x * 2).sum()));  // a number is no tensor
  CHECK(again(x.view({2, 1}).t().expand({3, 2}).sum()));
  CHECK_FALSE(again((x * ones({2})).sum()));
  CHECK_FALSE(again(x.exp().sum()));  // the result
  CHECK_FALSE(again(x.sin().sum()));  // the argument
  const Tensor kept = ones({2});
  CHECK_FALSE(again(autograd::record(
      "KeptBackward0", zeros({}),
      autograd::wrt(x, [k = autograd::Saved(kept)](const Tensor& g) { return g * k.get(); }))));
  CHECK(again(autograd::record("KeptBackward0", zeros({}),
                               autograd::wrt(x, [k = autograd::Saved(Tensor())](const Tensor& g) {
                                 return k.get().defined() ? Tensor() : g.expand({2});
                               }))));
}

TEST_CASE("a saved tensor has the history of the time when it was saved", "[autograd][record]") {
  const Tensor x = leaf({2}), w = leaf({2});
  const Tensor a = x * 3;
  const Tensor y = a * w;
  // a goes on in place elsewhere: the product keeps what it was, or refuses.
  const Tensor g = autograd::grad({y.sum()}, {w}, {.create_graph = true})[0];
  CHECK(numbers(g) == V{3, 3});
  CHECK(numbers(autograd::grad({g.sum()}, {x})[0]) == V{3, 3});
  const autograd::Saved saved(a);
  CHECK(saved.get().is_same(a));
  const autograd::Saved copy = saved;  // as recording makes it
  CHECK_FALSE(copy.get().is_same(a));
  CHECK(copy.get().shares_storage(a));
  CHECK(copy.get().grad_fn() == "MulBackward0");
  const autograd::Saved of_leaf = autograd::Saved(x), copied = of_leaf;
  CHECK(copied.get().is_same(x));
  a.add_(1);
  CHECK_THROWS_AS(copy.get(), Error);
  CHECK_THROWS_AS(saved.get(), Error);
  CHECK_NOTHROW(copied.get());
  CHECK_FALSE(autograd::Saved(Tensor()).get().defined());
}

TEST_CASE("a write is told with what it overwrote", "[autograd][record]") {
  const Tensor x = leaf({2});
  const Tensor y = x.exp();
  const Tensor loss = y.sum();
  y.detach().add_(1);
  CHECK_THROWS_WITH(
      loss.backward(),
      "one of the variables needed for gradient computation has been modified by an inplace "
      "operation: [FloatTensor [2]], which is output 0 of ExpBackward0, is at version 1; expected "
      "version 0 instead. Hint: enable anomaly detection to find the operation that failed to "
      "compute its gradient, with autograd.set_detect_anomaly(True).");
  const Tensor constant = ones({2}, float64);
  const Tensor product = (x * constant).sum();
  constant.zero_();
  constant.zero_();
  CHECK_THROWS_WITH(product.backward(),
                    ContainsSubstring("operation: [DoubleTensor [2]] is at version 2; expected "
                                      "version 0 instead."));
}
