// The gradients of the losses against golden/losses.json.
#include "catch.h"
#include "nn/loss_golden.h"

namespace {

using namespace loss_golden;

void check_near(const Tensor& found, const json& expected, double tolerance) {
  REQUIRE(found.defined());
  const std::vector<double> a = found.to_vector<double>();
  const std::vector<double> b = numbers(expected);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i, a[i], b[i]);
    if (std::isnan(b[i]))
      CHECK(std::isnan(a[i]));
    else
      CHECK((a[i] == b[i] || std::abs(a[i] - b[i]) <= tolerance * std::max(1.0, std::abs(b[i]))));
  }
}

}  // namespace

TEST_CASE("gradients of losses are PyTorch's", "[loss][golden][gradient]") {
  int checked = 0;
  for (const json& entry : file()["cases"]) {
    if (!entry["close"].contains("grad0")) continue;
    INFO(entry["call"] << " " << entry["inputs"] << " " << entry["options"] << " "
                       << entry["dtype"]);
    std::vector<size_t> drawn;
    const Call call = random_call(entry, &drawn);
    for (const size_t i : drawn) call.inputs[i].requires_grad_();
    functions().at(entry["call"])(call).sum().backward();
    for (size_t i = 0; i < drawn.size(); ++i)
      check_near(call.inputs[drawn[i]].grad(), entry["close"]["grad" + std::to_string(i)],
                 call.dtype == wick::float64 ? 1e-12 : 1e-6);
    ++checked;
  }
  CHECK(checked > 200);
}

TEST_CASE("gradients of losses at the edges are PyTorch's", "[loss][golden][gradient]") {
  for (const json& entry : file()["edges"]) {
    INFO(entry["call"] << " " << entry["inputs"] << " " << entry["options"]);
    const Call call = edge_call(entry);
    call.inputs[0].requires_grad_();
    functions().at(entry["call"])(call).sum().backward();
    check_near(call.inputs[0].grad(), entry["grad"], 1e-5);
  }
}

TEST_CASE("gradients of the binary cross entropy where PyTorch's are worse", "[loss][gradient]") {
  // PyTorch: the value is nan, and 1 - sigmoid(30) is 0 in float32.
  const Tensor x = wick::tensor({-std::numeric_limits<double>::infinity(), -30.});
  x.requires_grad_();
  const Tensor loss = wick::nn::functional::binary_cross_entropy_with_logits(
      x, wick::tensor({1., 0.}), {.reduction = "sum"});
  loss.backward();
  CHECK(x.grad()[0].item<double>() == -1);
  CHECK(x.grad()[1].item<double>() == Approx(std::exp(-30.0)).epsilon(1e-5));
}
