/// \file
/// Every op, called in a uniform way: what the generic tests run over. A new op is tested by being
/// listed here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "wick/wick.h"

namespace optable {

using wick::Tensor;
using wick::ValuesIndices;

struct Op {
  std::string name;
  /// Reads x (and y, if it takes two tensors); all results are returned.
  std::function<std::vector<Tensor>(const Tensor& x, const Tensor& y)> call;
  bool two = false;             ///< takes y as well
  bool data_dependent = false;  ///< the shape of the result depends on the elements
};

inline std::vector<Tensor> both(const ValuesIndices& r) { return {r.values, r.indices}; }

inline std::vector<Op> unary_ops() {
  const auto op = [](std::string name, auto f, bool data_dependent = false) {
    return Op{std::move(name),
              [f](const Tensor& x, const Tensor&) -> std::vector<Tensor> {
                if constexpr (std::is_same_v<std::decay_t<decltype(f(x))>, std::vector<Tensor>>)
                  return f(x);
                else
                  return {f(x)};
              },
              false, data_dependent};
  };
#define WICK_UNARY(f) op(#f, [](const Tensor& x) { return wick::f(x); })
#define WICK_CALL(call) op(#call, [](const Tensor& x) { return x.call; })
  using namespace wick;
  return {
      WICK_UNARY(neg),
      WICK_UNARY(abs),
      WICK_UNARY(sign),
      WICK_UNARY(exp),
      WICK_UNARY(expm1),
      WICK_UNARY(log),
      WICK_UNARY(log1p),
      WICK_UNARY(sqrt),
      WICK_UNARY(rsqrt),
      WICK_UNARY(reciprocal),
      WICK_UNARY(square),
      WICK_UNARY(sin),
      WICK_UNARY(cos),
      WICK_UNARY(tanh),
      WICK_UNARY(sigmoid),
      WICK_UNARY(erf),
      WICK_UNARY(erfc),
      WICK_UNARY(erfinv),
      WICK_UNARY(relu),
      WICK_UNARY(gelu),
      WICK_CALL(gelu("tanh")),
      WICK_UNARY(silu),
      WICK_UNARY(softplus),
      WICK_CALL(clamp(-1, 1)),
      WICK_UNARY(floor),
      WICK_UNARY(ceil),
      WICK_UNARY(round),
      WICK_UNARY(logical_not),
      WICK_UNARY(bitwise_not),
      WICK_UNARY(isnan),
      WICK_UNARY(isinf),
      WICK_UNARY(isfinite),
      WICK_CALL(add(2)),
      WICK_CALL(add(2.5)),
      WICK_CALL(sub(2)),
      WICK_CALL(mul(-3)),
      WICK_CALL(div(0)),
      WICK_CALL(pow(2)),
      WICK_CALL(pow(0.5)),
      WICK_CALL(remainder(3)),
      WICK_CALL(floor_divide(2)),
      WICK_CALL(eq(0)),
      WICK_CALL(lt(0)),
      WICK_CALL(any()),
      WICK_CALL(all()),
      WICK_CALL(any(0)),
      WICK_CALL(all(-1, true)),
      WICK_CALL(sum()),
      WICK_CALL(sum(0)),
      WICK_CALL(sum({0, -1}, true)),
      WICK_CALL(mean()),
      WICK_CALL(mean(-1)),
      WICK_CALL(prod()),
      WICK_CALL(prod(0)),
      WICK_CALL(var()),
      WICK_CALL(var(-1, 0)),
      WICK_CALL(std()),
      WICK_CALL(std(0)),
      WICK_CALL(max()),
      WICK_CALL(min()),
      WICK_CALL(amax(0)),
      WICK_CALL(amin(-1)),
      op("max(0)", [](const Tensor& x) { return both(x.max(0)); }),
      op("min(-1)", [](const Tensor& x) { return both(x.min(-1)); }),
      WICK_CALL(argmax()),
      WICK_CALL(argmin(0)),
      WICK_CALL(norm()),
      WICK_CALL(norm(1, 0)),
      WICK_CALL(logsumexp(-1)),
      WICK_CALL(softmax(-1)),
      WICK_CALL(softmax(0)),
      WICK_CALL(log_softmax(-1)),
      WICK_CALL(cumsum(0)),
      WICK_CALL(cumsum(-1)),
      WICK_CALL(view({-1})),
      WICK_CALL(reshape({-1})),
      WICK_CALL(flatten()),
      WICK_CALL(unflatten(0, {1, -1})),
      WICK_CALL(transpose(0, -1)),
      WICK_CALL(permute({1, 0})),
      WICK_CALL(t()),
      WICK_CALL(squeeze()),
      WICK_CALL(squeeze(0)),
      WICK_CALL(unsqueeze(0)),
      WICK_CALL(expand({2, -1, -1})),
      WICK_CALL(narrow(0, 0, 1)),
      WICK_CALL(select(0, -1)),
      WICK_CALL(slice(0, 1, {}, 2)),
      WICK_CALL(unbind()),
      WICK_CALL(split(2)),
      WICK_CALL(chunk(3)),
      WICK_CALL(as_strided({2, 2}, {1, 1})),
      WICK_CALL(repeat({2, 1, 2})),
      WICK_CALL(flip(0)),
      WICK_CALL(roll({1})),
      op("sort", [](const Tensor& x) { return both(x.sort()); }),
      WICK_CALL(argsort()),
      op("topk", [](const Tensor& x) { return both(x.topk(1)); }),
      WICK_CALL(tril()),
      WICK_CALL(triu()),
      WICK_CALL(contiguous()),
      WICK_CALL(clone()),
      WICK_CALL(to(wick::float64)),
      WICK_CALL(to(wick::int32)),
      WICK_CALL(to(wick::bool_)),
      WICK_CALL(to(wick::bfloat16)),
      WICK_CALL(detach()),
      WICK_CALL(zeros_like()),
      WICK_CALL(full_like(3)),
      op("dropout", [](const Tensor& x) { return dropout(x); }),
      op("layer_norm", [](const Tensor& x) { return layer_norm(x, {x.size(-1)}); }),
      op("x(all, none)", [](const Tensor& x) { return Tensor(x(all, none)); }),
      op("stack",
         [](const Tensor& x) {
           return stack({x, x});
         }),
      op("cat",
         [](const Tensor& x) {
           return cat({x, x}, -1);
         }),
      op(
          "nonzero", [](const Tensor& x) { return nonzero(x); }, true),
      op(
          "x(x > 0)", [](const Tensor& x) { return Tensor(x(x > 0)); }, true),
      op("masked_fill", [](const Tensor& x) { return x.masked_fill(x > 0, 1); }),
  };
#undef WICK_UNARY
#undef WICK_CALL
}

inline std::vector<Op> binary_ops() {
  const auto op = [](std::string name, auto f, bool data_dependent = false) {
    return Op{std::move(name),
              [f](const Tensor& x, const Tensor& y) -> std::vector<Tensor> { return {f(x, y)}; },
              true, data_dependent};
  };
#define WICK_BINARY(f) op(#f, [](const Tensor& x, const Tensor& y) { return wick::f(x, y); })
  return {
      WICK_BINARY(add),
      WICK_BINARY(sub),
      WICK_BINARY(mul),
      WICK_BINARY(div),
      WICK_BINARY(floor_divide),
      WICK_BINARY(remainder),
      WICK_BINARY(pow),
      WICK_BINARY(maximum),
      WICK_BINARY(minimum),
      WICK_BINARY(eq),
      WICK_BINARY(ne),
      WICK_BINARY(lt),
      WICK_BINARY(le),
      WICK_BINARY(gt),
      WICK_BINARY(ge),
      WICK_BINARY(logical_and),
      WICK_BINARY(logical_or),
      WICK_BINARY(logical_xor),
      WICK_BINARY(bitwise_and),
      WICK_BINARY(bitwise_or),
      WICK_BINARY(bitwise_xor),
      WICK_BINARY(matmul),
      WICK_BINARY(mm),
      WICK_BINARY(bmm),
      WICK_BINARY(mv),
      WICK_BINARY(dot),
      WICK_BINARY(outer),
      op("where", [](const Tensor& x, const Tensor& y) { return where(x > 0, x, y); }),
      op("linear", [](const Tensor& x, const Tensor& y) { return linear(x, y); }),
      op("addmm", [](const Tensor& x, const Tensor& y) { return addmm(x, x, y); }),
      op("cat",
         [](const Tensor& x, const Tensor& y) {
           return wick::cat({x, y});
         }),
      op("stack",
         [](const Tensor& x, const Tensor& y) {
           return wick::stack({x, y});
         }),
      op("gather", [](const Tensor& x, const Tensor& y) { return gather(x, 0, y); }),
      op("index_select", [](const Tensor& x, const Tensor& y) { return index_select(x, 0, y); }),
      op("x(y)", [](const Tensor& x, const Tensor& y) { return Tensor(x(y)); }),
      op(
          "masked_select", [](const Tensor& x, const Tensor& y) { return masked_select(x, y > 0); },
          true),
      op("copy_", [](const Tensor& x, const Tensor& y) { return x.clone().copy_(y); }),
      op("add_", [](const Tensor& x, const Tensor& y) { return x.clone().add_(y); }),
      op("mul_", [](const Tensor& x, const Tensor& y) { return x.clone().mul_(y); }),
      op(
          "index_put_",
          [](const Tensor& x, const Tensor& y) { return x.clone().index_put_({x > 0}, y); }, true),
      op("allclose", [](const Tensor& x, const Tensor& y) { return wick::tensor(allclose(x, y)); }),
      op("equal", [](const Tensor& x, const Tensor& y) { return wick::tensor(equal(x, y)); }),
  };
#undef WICK_BINARY
}

inline std::vector<Op> all_ops() {
  std::vector<Op> ops = unary_ops();
  for (Op& op : binary_ops()) ops.push_back(std::move(op));
  return ops;
}

}  // namespace optable
