// Optimizers against torch.optim: golden/optim.json.
#include <cmath>

#include "any_optimizer.h"

namespace {

using namespace any_optimizer;

/// The largest |a - b| / |b|.
double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]) / std::abs(b[i]));
  return largest;
}

void check_curve(const json& facts, DType dtype, double tolerance) {
  const std::vector<Tensor> params = start(dtype);
  const auto optimizer = make(facts["optimizer"], params, facts["options"]);
  const json& wanted = facts[std::string(wick::name(dtype))];
  size_t shown = 0;
  const size_t steps = golden()["grads"].size();
  for (size_t step = 1; step <= steps; ++step) {
    golden_step(*optimizer, params, step);
    if (golden()["shown"][shown] != step) continue;
    CAPTURE(step, wick::name(dtype));
    CHECK(relative_difference(numbers(params), wanted[shown]) <= tolerance);
    ++shown;
  }
  CHECK(shown == wanted.size());
}

}  // namespace

TEST_CASE("optimizers go where PyTorch's go", "[optim]") {
  for (const json& facts : golden()["curves"]) {
    CAPTURE(facts["optimizer"], facts["options"].dump());
    check_curve(facts, wick::float32, 1e-6);
    check_curve(facts, wick::float64, 1e-12);
  }
}

TEST_CASE("half-precision parameters are updated through float", "[optim]") {
  for (const DType dtype : {wick::bfloat16, wick::float16})
    for (const json& facts : golden()["curves"]) {
      CAPTURE(facts["optimizer"], facts["options"].dump(), wick::name(dtype));
      const std::vector<Tensor> params = start(dtype);
      // The same numbers in float32: one step may differ by the rounding of the result alone.
      const std::vector<Tensor> wide = {params[0].detach().to(wick::float32),
                                        params[1].detach().to(wick::float32)};
      const auto optimizer = make(facts["optimizer"], params, facts["options"]);
      const auto reference = make(facts["optimizer"], wide, facts["options"]);
      golden_step(*optimizer, params, 1);
      for (size_t i = 0; i < 2; ++i) wide[i].set_grad(params[i].grad().to(wick::float32));
      reference->step();
      for (size_t i = 0; i < 2; ++i) CHECK(params[i].equal(wide[i].to(dtype)));
    }
}
