// Every op's derivative against central differences, over shapes, layouts and broadcasting; and the
// derivatives' derivatives. An op is checked by being listed in ops/op_table.h.
#include <set>

#include "catch.h"
#include "ops/op_table.h"
#include "wick/wick.h"

namespace {

using optable::Op;
using wick::float64;
using wick::Shape;
using wick::Tensor;
namespace autograd = wick::autograd;

Tensor leaf(const Shape& shape, double low, double high) {
  return (wick::rand(shape, {.dtype = float64}) * (high - low) + low).requires_grad_();
}

/// Ways in which an argument can lie in memory: made from a leaf inside of the checked function.
struct Layout {
  const char* name;
  Shape (*leaf_shape)(const Shape&);
  Tensor (*view)(const Tensor&);
};

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all{
      {"contiguous", [](const Shape& s) { return s; }, [](const Tensor& x) { return x; }},
      {"transposed",
       [](const Shape& s) {
         Shape t = s;
         if (t.size() > 1) std::swap(t[0], t[-1]);
         return t;
       },
       [](const Tensor& x) { return x.dim() > 1 ? x.transpose(0, -1) : x; }},
      {"every second",
       [](const Shape& s) {
         Shape t = s;
         if (!t.empty()) t[-1] *= 2;
         return t;
       },
       [](const Tensor& x) { return x.dim() > 0 ? x.slice(-1, 0, {}, 2) : x; }},
      {"a part in the middle",
       [](const Shape& s) {
         Shape t = s;
         if (!t.empty()) t[0] += 2;
         return t;
       },
       [](const Tensor& x) { return x.dim() > 0 ? x.narrow(0, 1, x.size(0) - 2) : x; }},
  };
  return all;
}

/// The floating results that depend on an input, flat, in one tensor; undefined if there are none.
Tensor differentiable(const std::vector<Tensor>& results) {
  std::vector<Tensor> parts;
  for (const Tensor& r : results)
    if (r.requires_grad() && r.dtype() == float64) parts.push_back(r.reshape({-1}));
  return parts.empty() ? Tensor() : wick::cat(parts);
}

/// The op on views of the leaves, with the same random numbers each time.
autograd::Function function(const Op& op, const Layout& layout) {
  return [op, layout](const std::vector<Tensor>& in) {
    wick::manual_seed(5);
    const Tensor second = in.size() > 1 ? in[1] : Tensor();
    const std::vector<Tensor> results = op.call(layout.view(in[0]), second);
    std::vector<Tensor> parts;
    for (const Tensor& r : results)
      if (r.dtype() == float64) parts.push_back(r.reshape({-1}));
    return wick::cat(parts);
  };
}

/// Whether op takes x and y, and how its result depends on them.
enum class Answer { refused, constant, differentiable };
Answer ask(const Op& op, const Tensor& x, const Tensor& y) {
  try {
    wick::manual_seed(5);
    return differentiable(op.call(x, y)).defined() ? Answer::differentiable : Answer::constant;
  } catch (const wick::Error&) {
    return Answer::refused;
  }
}

/// Ops that are differentiable nowhere, or whose derivative PyTorch does not have either.
const std::set<std::string> without_derivative{"floor_divide", "floor_divide(2)", "div(0)"};

/// as_strided takes elements that a view of x does not show for constants, as PyTorch's does.
bool sees_more_than_x(const Op& op, const Layout& layout) {
  return op.name.starts_with("as_strided") && layout.name != layouts()[0].name;
}

struct Range {
  double low, high;
};

/// Checks op wherever it accepts arguments; returns how many combinations that were.
int check(const Op& op, const std::vector<std::pair<Shape, Tensor>>& arguments) {
  int checked = 0;
  for (const auto& [shape, given] : arguments) {
    for (const Layout& layout : layouts()) {
      if (sees_more_than_x(op, layout)) continue;
      // Away from the kinks of relu, floor and the like; negative numbers as well as positive.
      for (const Range range : {Range{0.15, 0.85}, Range{-0.85, -0.15}}) {
        const Tensor x = leaf(layout.leaf_shape(shape), range.low, range.high);
        Tensor y = given;
        if (y.defined() && y.is_floating_point()) y = leaf(y.shape(), 0.2, 0.8);
        if (ask(op, layout.view(x), y) != Answer::differentiable) continue;
        std::vector<Tensor> inputs{x};
        if (y.defined()) inputs.push_back(y);
        const autograd::Function f = function(op, layout);
        if (!wick::isfinite(f(inputs)).all().item<bool>()) continue;  // log of a negative number
        INFO(op.name << " of " << shape.to_string() << ", " << layout.name << ", from " << range.low
                     << (y.defined() ? ", and " + y.to_string() : ""));
        CHECK_NOTHROW(autograd::gradcheck(f, inputs));
        CHECK_NOTHROW(autograd::gradgradcheck(f, inputs));
        ++checked;
      }
    }
  }
  return checked;
}

bool has_derivative(const Op& op, const std::vector<std::pair<Shape, Tensor>>& arguments) {
  if (without_derivative.contains(op.name)) return false;
  for (const auto& [shape, y] : arguments)
    if (ask(op, leaf(shape, 0.2, 0.8), y) == Answer::differentiable) return true;
  return false;
}

void check_all(const std::vector<Op>& ops, const std::vector<std::pair<Shape, Tensor>>& arguments) {
  int with = 0;
  for (const Op& op : ops) {
    if (!has_derivative(op, arguments)) continue;
    INFO(op.name);
    CHECK(check(op, arguments) > 0);
    ++with;
  }
  CHECK(with >= static_cast<int>(ops.size()) / 2);
}

/// A random size; at least 2, so that a variance exists.
int64_t size() { return wick::randint(2, 4, {1}).item<int64_t>(); }

}  // namespace

TEST_CASE("derivatives of ops on one tensor", "[autograd][gradcheck]") {
  for (const int64_t seed : {1, 2}) {
    wick::manual_seed(seed);
    const int64_t a = size(), b = size();
    check_all(optable::unary_ops(), {{{a, b}, {}}, {{b}, {}}, {{a, 1, b}, {}}, {{}, {}}});
  }
}

TEST_CASE("derivatives of ops on two tensors, with broadcasting", "[autograd][gradcheck]") {
  const auto of = [](const Shape& s) { return wick::empty(s, float64); };
  for (const int64_t seed : {3, 4}) {
    wick::manual_seed(seed);
    const int64_t a = size(), b = size(), c = size();
    check_all(optable::binary_ops(), {
                                         {{a, b}, of({a, b})},
                                         {{a, b}, of({b})},
                                         {{b}, of({a, 1})},
                                         {{a, 1}, of({1, b})},
                                         {{a, b}, of({})},
                                         {{a}, of({a})},
                                         {{a, b}, of({b, c})},
                                         {{c, a, b}, of({c, b, a})},
                                         {{c, a, b}, of({b})},
                                         {{b}, of({c, b, a})},
                                         {{2, 3}, wick::tensor({{0, 1, 1}})},
                                         {{2, 3}, wick::tensor({1, 0, 1})},
                                     });
  }
}
