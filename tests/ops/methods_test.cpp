// Every method of Tensor does what the function of its name does.
#include <functional>
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

bool same(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && allclose(a, b, 0, 0, true);
}
bool same(const ValuesIndices& a, const ValuesIndices& b) {
  return same(a.values, b.values) && same(a.indices, b.indices);
}
bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  bool result = a.size() == b.size();
  for (size_t i = 0; result && i < a.size(); ++i) result = same(a[i], b[i]);
  return result;
}

#define CHECK_METHOD(name, ...) CHECK(same(x.name(__VA_ARGS__), wick::name(x, __VA_ARGS__)))
#define CHECK_METHOD_ALONE(name) CHECK(same(x.name(), wick::name(x)))
#define CHECK_IN_PLACE(name, ...)                         \
  do {                                                    \
    const Tensor copy = x.clone();                        \
    CHECK(copy.name##_(__VA_ARGS__).is_same(copy));       \
    CHECK(same(copy, x.name(__VA_ARGS__).to(x.dtype()))); \
  } while (false)

}  // namespace

TEST_CASE("methods of one tensor", "[ops][methods]") {
  manual_seed(0);
  const Tensor x = rand({3, 4}) - 0.3;
  CHECK_METHOD_ALONE(neg);
  CHECK_METHOD_ALONE(abs);
  CHECK_METHOD_ALONE(sign);
  CHECK_METHOD_ALONE(exp);
  CHECK_METHOD_ALONE(expm1);
  CHECK_METHOD_ALONE(log);
  CHECK_METHOD_ALONE(log1p);
  CHECK_METHOD_ALONE(sqrt);
  CHECK_METHOD_ALONE(rsqrt);
  CHECK_METHOD_ALONE(reciprocal);
  CHECK_METHOD_ALONE(square);
  CHECK_METHOD_ALONE(sin);
  CHECK_METHOD_ALONE(cos);
  CHECK_METHOD_ALONE(tanh);
  CHECK_METHOD_ALONE(sigmoid);
  CHECK_METHOD_ALONE(erf);
  CHECK_METHOD_ALONE(erfc);
  CHECK_METHOD_ALONE(erfinv);
  CHECK_METHOD_ALONE(relu);
  CHECK_METHOD_ALONE(gelu);
  CHECK_METHOD_ALONE(silu);
  CHECK_METHOD_ALONE(softplus);
  CHECK_METHOD_ALONE(floor);
  CHECK_METHOD_ALONE(ceil);
  CHECK_METHOD_ALONE(round);
  CHECK_METHOD_ALONE(logical_not);
  CHECK_METHOD_ALONE(isnan);
  CHECK_METHOD_ALONE(isinf);
  CHECK_METHOD_ALONE(isfinite);
  CHECK_METHOD_ALONE(nonzero);
  CHECK_METHOD_ALONE(sum);
  CHECK_METHOD_ALONE(max);
  CHECK_METHOD_ALONE(min);
  CHECK_METHOD_ALONE(t);
  CHECK_METHOD_ALONE(squeeze);
  CHECK_METHOD_ALONE(unbind);
  CHECK_METHOD_ALONE(sort);
  CHECK_METHOD_ALONE(argsort);
  CHECK_METHOD_ALONE(flatten);
  CHECK_METHOD(gelu, "tanh");
  CHECK_METHOD(softplus, 3, 0.1);
  CHECK_METHOD(clamp, 0, 0.5);
  CHECK_METHOD(any, 1, true);
  CHECK_METHOD(all, 1, true);
  CHECK_METHOD(sum, 0, true, float64);
  CHECK_METHOD(mean, 1, true, float64);
  CHECK_METHOD(prod, 0, true, float64);
  CHECK_METHOD(var, 1, 0, true);
  CHECK_METHOD(std, 1, 0, true);
  CHECK_METHOD(max, 1, true);
  CHECK_METHOD(min, 0, true);
  CHECK_METHOD(amax, 1, true);
  CHECK_METHOD(amin, 0, true);
  CHECK_METHOD(argmax, 1, true);
  CHECK_METHOD(argmin, 0, true);
  CHECK_METHOD(norm, 3, 1, true);
  CHECK_METHOD(logsumexp, 1, true);
  CHECK_METHOD(softmax, 0);
  CHECK_METHOD(log_softmax, 0);
  CHECK_METHOD(cumsum, 0);
  CHECK_METHOD(view, {4, 3});
  CHECK_METHOD(reshape, {2, -1});
  CHECK_METHOD(flatten, 0, 1);
  CHECK_METHOD(unflatten, 1, {2, 2});
  CHECK_METHOD(transpose, 0, 1);
  CHECK_METHOD(permute, {1, 0});
  CHECK_METHOD(squeeze, 0);
  CHECK_METHOD(unsqueeze, 1);
  CHECK_METHOD(expand, {2, 3, 4});
  CHECK_METHOD(broadcast_to, {2, 3, 4});
  CHECK_METHOD(narrow, 1, 1, 2);
  CHECK_METHOD(select, 1, 2);
  CHECK_METHOD(slice, 1, 1, 4, 2);
  CHECK_METHOD(unbind, 1);
  CHECK_METHOD(split, 3, 1);
  CHECK_METHOD(split, std::vector<int64_t>{1, 3}, 1);
  CHECK_METHOD(chunk, 2, 1);
  CHECK_METHOD(as_strided, {2, 2}, {1, 2}, 1);
  CHECK_METHOD(repeat, {2, 2});
  CHECK_METHOD(flip, 1);
  CHECK_METHOD(roll, {1}, {1});
  CHECK_METHOD(sort, 0, true);
  CHECK_METHOD(argsort, 0, true);
  CHECK_METHOD(topk, 2, 0, false);
  CHECK_METHOD(tril, 1);
  CHECK_METHOD(triu, 1);
  CHECK_METHOD(to, float64);
  CHECK(same(x.view_as(zeros({4, 3})), x.view({4, 3})));
  CHECK(same(x.expand_as(zeros({2, 3, 4})), x.expand({2, 3, 4})));
}

TEST_CASE("methods of two tensors and of numbers", "[ops][methods]") {
  manual_seed(1);
  const Tensor x = rand({3, 4}) + 0.2, y = rand({3, 4}) + 0.1, m = x.t().contiguous();
  CHECK_METHOD(add, y);
  CHECK_METHOD(sub, y);
  CHECK_METHOD(mul, y);
  CHECK_METHOD(div, y);
  CHECK_METHOD(floor_divide, y);
  CHECK_METHOD(remainder, y);
  CHECK_METHOD(pow, y);
  CHECK_METHOD(maximum, y);
  CHECK_METHOD(minimum, y);
  CHECK_METHOD(add, 2);
  CHECK_METHOD(sub, 2);
  CHECK_METHOD(mul, 3);
  CHECK_METHOD(div, 3);
  CHECK_METHOD(floor_divide, 0.3);
  CHECK_METHOD(remainder, 0.3);
  CHECK_METHOD(pow, 1.5);
  CHECK_METHOD(eq, y);
  CHECK_METHOD(ne, y);
  CHECK_METHOD(lt, y);
  CHECK_METHOD(le, y);
  CHECK_METHOD(gt, y);
  CHECK_METHOD(ge, y);
  CHECK_METHOD(eq, 0.5);
  CHECK_METHOD(ne, 0.5);
  CHECK_METHOD(lt, 0.5);
  CHECK_METHOD(le, 0.5);
  CHECK_METHOD(gt, 0.5);
  CHECK_METHOD(ge, 0.5);
  CHECK_METHOD(logical_and, y > 0.5);
  CHECK_METHOD(logical_or, y > 0.5);
  CHECK_METHOD(logical_xor, y > 0.5);
  CHECK_METHOD(matmul, m);
  CHECK_METHOD(mm, m);
  CHECK_METHOD(mv, y[0]);
  CHECK_METHOD(masked_select, y > 0.5);
  CHECK_METHOD(masked_fill, y > 0.5, 7);
  CHECK_METHOD(gather, 1, zeros({3, 2}, int64));
  CHECK_METHOD(index_select, 1, tensor({2, 0}));
  CHECK(same(x[0].dot(y[0]), dot(x[0], y[0])));
  CHECK(same(x[0].outer(y[0]), outer(x[0], y[0])));
  CHECK(same(x.unsqueeze(0).bmm(m.unsqueeze(0)), bmm(x.unsqueeze(0), m.unsqueeze(0))));
  CHECK(same(x[0].slice(0, 0, 3).addmm(x, m, 2, 3), addmm(x[0].slice(0, 0, 3), x, m, 2, 3)));
  CHECK(same(x.where(y > 0.5, y), where(y > 0.5, x, y)));
  CHECK(x.equal(x) == equal(x, x));
  CHECK(x.equal(y) == equal(x, y));
  CHECK(x.allclose(y, 0, 10) == allclose(x, y, 0, 10));
  CHECK(x.allclose(y, 0, 0) == allclose(x, y, 0, 0));
  const Tensor i = randint(0, 50, {5}), j = randint(0, 50, {5});
  CHECK(same(i.bitwise_and(j), i & j));
  CHECK(same(i.bitwise_or(j), i | j));
  CHECK(same(i.bitwise_xor(j), i ^ j));
  CHECK(same(i.bitwise_not(), ~i));
  for (int64_t k = 0; k < 5; ++k) {
    const auto at = [k](const Tensor& t) { return t[k].item<int64_t>(); };
    CHECK(at(i & j) == (at(i) & at(j)));
    CHECK(at(i | j) == (at(i) | at(j)));
    CHECK(at(i ^ j) == (at(i) ^ at(j)));
    CHECK(at(~i) == ~at(i));
  }
}

TEST_CASE("methods in place", "[ops][methods]") {
  manual_seed(2);
  const Tensor x = rand({3, 4}) * 0.5 + 0.1, y = rand({4}) + 0.1;
  CHECK_IN_PLACE(neg);
  CHECK_IN_PLACE(abs);
  CHECK_IN_PLACE(sign);
  CHECK_IN_PLACE(exp);
  CHECK_IN_PLACE(expm1);
  CHECK_IN_PLACE(log);
  CHECK_IN_PLACE(log1p);
  CHECK_IN_PLACE(sqrt);
  CHECK_IN_PLACE(rsqrt);
  CHECK_IN_PLACE(reciprocal);
  CHECK_IN_PLACE(square);
  CHECK_IN_PLACE(sin);
  CHECK_IN_PLACE(cos);
  CHECK_IN_PLACE(tanh);
  CHECK_IN_PLACE(sigmoid);
  CHECK_IN_PLACE(erf);
  CHECK_IN_PLACE(erfc);
  CHECK_IN_PLACE(erfinv);
  CHECK_IN_PLACE(relu);
  CHECK_IN_PLACE(gelu);
  CHECK_IN_PLACE(gelu, "tanh");
  CHECK_IN_PLACE(silu);
  CHECK_IN_PLACE(floor);
  CHECK_IN_PLACE(ceil);
  CHECK_IN_PLACE(round);
  CHECK_IN_PLACE(clamp, 0.2, 0.4);
  CHECK_IN_PLACE(masked_fill, y > 0.5, 7);
  CHECK_IN_PLACE(add, y);
  CHECK_IN_PLACE(sub, y);
  CHECK_IN_PLACE(mul, y);
  CHECK_IN_PLACE(div, y);
  CHECK_IN_PLACE(floor_divide, y);
  CHECK_IN_PLACE(remainder, y);
  CHECK_IN_PLACE(pow, y);
  CHECK_IN_PLACE(add, 2);
  CHECK_IN_PLACE(sub, 2);
  CHECK_IN_PLACE(mul, 2);
  CHECK_IN_PLACE(div, 2);
  CHECK_IN_PLACE(floor_divide, 0.3);
  CHECK_IN_PLACE(remainder, 0.3);
  CHECK_IN_PLACE(pow, 1.5);
  const Tensor z = x.clone();
  CHECK(same(z += y, x + y));
  CHECK(same(z -= y, x + y - y));
  CHECK(same(z *= 3, (x + y - y) * 3));
  CHECK(same(z /= y, (x + y - y) * 3 / y));
  const Tensor w = x.clone();
  w += 1;
  w -= 2;
  w *= y;
  w /= 4;
  CHECK(same(w, (x + 1 - 2) * y / 4));
}

TEST_CASE("operators, with numbers on either side", "[ops][methods]") {
  const Tensor x = tensor({1., 2., 4.});
  const auto is = [&](const Tensor& t, std::vector<double> expected) {
    CHECK(t.to_vector<double>() == expected);
  };
  is(x + 1, {2, 3, 5});
  is(1 + x, {2, 3, 5});
  is(x - 1, {0, 1, 3});
  is(1 - x, {0, -1, -3});
  is(x * 2, {2, 4, 8});
  is(2 * x, {2, 4, 8});
  is(x / 2, {0.5, 1, 2});
  is(2 / x, {2, 1, 0.5});
  is(x % 3, {1, 2, 1});
  is(x % tensor({2., 2., 3.}), {1, 0, 1});
  is(-x, {-1, -2, -4});
  is(x == 2, {0, 1, 0});
  is(x != 2, {1, 0, 1});
  is(x < 2, {1, 0, 0});
  is(x <= 2, {1, 1, 0});
  is(x > 2, {0, 0, 1});
  is(x >= 2, {0, 1, 1});
}
