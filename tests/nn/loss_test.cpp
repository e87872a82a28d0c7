// The losses against golden/losses.json, and as modules.
#include "wick/nn/loss.h"

#include "catch.h"
#include "nn/loss_golden.h"
#include "wick/format.h"
#include "wick/nn/linear.h"

namespace {

using namespace loss_golden;
namespace nn = wick::nn;
namespace F = wick::nn::functional;
using wick::ones;
using wick::Shape;
using wick::tensor;

constexpr double inf = std::numeric_limits<double>::infinity();

/// Equal, or near to within `tolerance` of the larger of 1 and the size; nan is near nan.
bool near(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

void check_near(const std::vector<double>& found, const std::vector<double>& expected,
                double tolerance) {
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i, found[i], expected[i]);
    CHECK(near(found[i], expected[i], tolerance));
  }
}

}  // namespace

TEST_CASE("losses are PyTorch's", "[loss][golden]") {
  int checked = 0;
  for (const json& entry : file()["cases"]) {
    INFO(entry["call"] << " " << entry["inputs"] << " " << entry["options"] << " "
                       << entry["dtype"]);
    const Call call = random_call(entry);
    const Tensor loss = functions().at(entry["call"])(call);
    CHECK(loss.dtype() == call.dtype);
    CHECK(loss.shape() == Shape(entry["shape"].get<std::vector<int64_t>>()));
    check_near(loss.to_vector<double>(), numbers(entry["close"]["value"]),
               call.dtype == wick::float64 ? 1e-13 : 1e-6);
    if (!modules().contains(entry["call"])) continue;
    CHECK(equal(modules().at(entry["call"])(call), loss));
    ++checked;
  }
  CHECK(checked > 700);
}

TEST_CASE("losses at the edges are PyTorch's", "[loss][golden]") {
  for (const json& entry : file()["edges"]) {
    INFO(entry["call"] << " " << entry["inputs"] << " " << entry["options"]);
    const Tensor loss = functions().at(entry["call"])(edge_call(entry));
    check_near(loss.to_vector<double>(), numbers(entry["value"]), 1e-5);
  }
}

TEST_CASE("losses take meta tensors", "[loss]") {
  for (const json& entry : file()["cases"]) {
    INFO(entry["call"] << " " << entry["inputs"] << " " << entry["options"]);
    Call call = random_call(entry);
    for (Tensor& input : call.inputs) input = input.to(wick::meta);
    for (const char* name : {"weight", "pos_weight"}) call.options.erase(name);
    const Tensor loss = functions().at(entry["call"])(call);
    CHECK(loss.is_meta());
    CHECK(loss.dtype() == call.dtype);
    CHECK(loss.shape() == Shape(entry["shape"].get<std::vector<int64_t>>()));
  }
}

TEST_CASE("losses of half precision are those of float32, rounded", "[loss]") {
  for (const json& entry : file()["cases"]) {
    const Call call = random_call(entry);
    if (call.dtype != wick::float32 || entry["call"] == "pairwise_distance") continue;
    INFO(entry["call"] << " " << entry["inputs"] << " " << entry["options"]);
    Call half = call;
    half.dtype = wick::bfloat16;
    for (Tensor& input : half.inputs)
      if (input.is_floating_point()) input = input.to(wick::bfloat16);
    const Tensor loss = functions().at(entry["call"])(half);
    CHECK(loss.dtype() == wick::bfloat16);
    check_near(loss.to_vector<double>(), functions().at(entry["call"])(call).to_vector<double>(),
               0.06);
  }
}

TEST_CASE("strided inputs give the same losses", "[loss]") {
  for (const json& entry : file()["cases"]) {
    INFO(entry["call"] << " " << entry["inputs"] << " " << entry["options"]);
    Call call = random_call(entry);
    const Tensor loss = functions().at(entry["call"])(call);
    for (Tensor& input : call.inputs)
      if (input.dim() > 1) input = input.transpose(0, -1).contiguous().transpose(0, -1);
    CHECK(allclose(functions().at(entry["call"])(call), loss, 1e-6, 1e-6));
  }
}

TEST_CASE("a sum of many losses in half precision does not overflow in the mean", "[loss]") {
  const auto logits = wick::zeros({100000, 2}, wick::float16);
  const auto target = wick::zeros({100000}, wick::int64);
  CHECK(F::cross_entropy(logits, target).item<float>() == Approx(std::log(2.0)).epsilon(1e-3));
}

TEST_CASE("losses where PyTorch's are worse", "[loss]") {
  // PyTorch: 0 * -inf is nan; and (1 - 0) * -30 + 30.000000000000094 is 0 in float32.
  CHECK(F::binary_cross_entropy_with_logits(tensor(-inf), tensor(1.)).item<double>() == inf);
  CHECK(F::binary_cross_entropy_with_logits(tensor(-30.), tensor(0.)).item<double>() ==
        Approx(std::exp(-30.0)).epsilon(1e-6));
  // As in PyTorch: a class without a chance makes nan (0 * -inf), although its probability is 0.
  CHECK(std::isnan(F::cross_entropy(tensor({-inf, 0.}), tensor({0., 1.})).item<double>()));
}

TEST_CASE("targets of cross entropy", "[loss]") {
  const Tensor logits = tensor({{1., 2., 0.5}, {-1., 0.25, 3.}});
  const Tensor classes = tensor({1, 0});
  SECTION("uint8 classes count as int64") {
    const Tensor bytes = classes.to(wick::uint8);
    CHECK(equal(F::cross_entropy(logits, bytes), F::cross_entropy(logits, classes)));
    CHECK(equal(F::nll_loss(logits, bytes, {.weight = tensor({1., 2., 3.})}),
                F::nll_loss(logits, classes, {.weight = tensor({1., 2., 3.})})));
  }
  SECTION("a sure class is its index") {
    const Tensor sure = tensor({{0., 1., 0.}, {1., 0., 0.}});
    for (const double smoothing : {0.0, 0.3})
      CHECK(allclose(F::cross_entropy(logits, sure, {.label_smoothing = smoothing}),
                     F::cross_entropy(logits, classes, {.label_smoothing = smoothing})));
  }
  SECTION("one sample without a batch") {
    CHECK(F::cross_entropy(logits[0], tensor(2), {.reduction = "none"}).shape() == Shape{});
    CHECK(equal(F::cross_entropy(logits[0], tensor({2})), F::cross_entropy(logits[0], tensor(2))));
  }
  SECTION("an ignored class may be outside of the classes, and is not looked up") {
    const Tensor far = tensor({1, int64_t{1} << 40});
    const Tensor loss = F::cross_entropy(logits, far, {.ignore_index = int64_t{1} << 40});
    CHECK(allclose(loss, F::cross_entropy(logits[0], tensor(1))));
  }
  SECTION("nothing in the batch") {
    const Tensor none = wick::empty({0}, wick::int64);
    CHECK(std::isnan(F::cross_entropy(ones({0, 3}), none).item<float>()));
    CHECK(std::isnan(F::cross_entropy(ones({0, 3}), ones({0, 3})).item<float>()));
    CHECK(F::cross_entropy(ones({0, 3}), none, {.reduction = "sum"}).item<float>() == 0);
    CHECK(F::cross_entropy(ones({0, 3}), none, {.reduction = "none"}).shape() == Shape{0});
    CHECK(std::isnan(
        F::cross_entropy(ones({2, 3, 0}), wick::empty({2, 0}, wick::int64)).item<float>()));
  }
}

TEST_CASE("losses promote and broadcast as PyTorch's", "[loss]") {
  CHECK(F::mse_loss(tensor({1, 2}), ones({2})).dtype() == wick::float32);
  CHECK(F::mse_loss(ones({2}), ones({2}, wick::float64)).dtype() == wick::float64);
  CHECK(F::l1_loss(tensor({1, 5}), tensor({2, 2}), {.reduction = "sum"}).item<int64_t>() == 4);
  CHECK(F::cross_entropy(ones({2, 3}), ones({2, 3}, wick::float64)).dtype() == wick::float64);
  const Tensor doubles = ones({2}, wick::float64);
  CHECK(F::binary_cross_entropy(ones({2}), ones({2}), {.weight = doubles}).dtype() ==
        wick::float32);
  CHECK(F::binary_cross_entropy_with_logits(ones({2}), ones({2}), {.weight = doubles}).dtype() ==
        wick::float32);
  CHECK(F::kl_div(tensor(1.), tensor(1.), {.reduction = "batchmean"}).item<float>() == -1);
  CHECK(
      std::isnan(F::kl_div(ones({0, 2}), ones({0, 2}), {.reduction = "batchmean"}).item<float>()));
}

TEST_CASE("losses print as PyTorch's", "[loss]") {
  CHECK(nn::CrossEntropyLoss({.weight = ones({3}), .label_smoothing = 0.1}).to_string() ==
        "CrossEntropyLoss()");
  CHECK(nn::MSELoss({.reduction = "sum"}).to_string() == "MSELoss()");
  CHECK(fmt::format("{}", nn::TripletMarginLoss()) == "TripletMarginLoss()");
}

TEST_CASE("weights of losses are buffers", "[loss]") {
  const Tensor w = tensor({1., 2., 3.});
  nn::BCEWithLogitsLoss loss({.weight = w, .pos_weight = tensor({4.})});
  CHECK(loss.parameters().empty());
  const nn::StateDict state = loss.state_dict();
  REQUIRE(state.size() == 2);
  CHECK(equal(state["weight"], w));
  CHECK(equal(state["pos_weight"], tensor({4.})));
  CHECK(nn::CrossEntropyLoss().state_dict().size() == 0);

  const nn::BCEWithLogitsLoss copy = loss;
  loss.load_state_dict(
      nn::BCEWithLogitsLoss({.weight = ones({3}), .pos_weight = ones({1})}).state_dict());
  const Tensor x = tensor({1., -2., 0.5});
  const Tensor t = tensor({1., 0., 0.25});
  CHECK(equal(loss(x, t), nn::BCEWithLogitsLoss()(x, t)));
  CHECK_FALSE(equal(copy(x, t), loss(x, t)));
  CHECK(equal(w, tensor({1., 2., 3.})));

  loss.to(wick::float64);
  CHECK(loss.weight.dtype() == wick::float64);
  CHECK(loss(x.to(wick::float64), t.to(wick::float64)).dtype() == wick::float64);
}

namespace {

struct Critic : nn::Module {
  nn::Linear score{3, 3};
  nn::CrossEntropyLoss criterion{{.weight = ones({3})}};
  Tensor target = tensor({0, 5});
  Tensor forward(const Tensor& x) const override { return criterion(score(x), target); }
  WICK_MODULE(Critic, score, criterion)
};

struct HalfMSELoss : nn::Loss {
  Tensor forward(const Tensor& input, const Tensor& target) const override {
    return (input - target).square().mean() / 2;
  }
  WICK_MODULE(HalfMSELoss)
};

template <class Function>
std::string message(const Function& f) {
  try {
    f();
  } catch (const wick::Error& error) {
    return error.what();
  }
  return "(no error)";
}

}  // namespace

TEST_CASE("a loss is a module of a model", "[loss]") {
  const Critic critic;
  CHECK(critic.state_dict().contains("criterion.weight"));
  CHECK(critic.parameters().size() == 2);
  CHECK(message([&] {
          critic(ones({2, 3}));
        }) == "criterion (CrossEntropyLoss): Target 5 is out of bounds. The input has 3 classes.");
  const Critic copy = critic;
  CHECK_FALSE(copy.criterion.weight.shares_storage(critic.criterion.weight));
  CHECK(copy.to_string() ==
        "Critic(\n  (score): Linear(in_features=3, out_features=3, bias=True)\n"
        "  (criterion): CrossEntropyLoss()\n)");
  CHECK(message([] { static_cast<const nn::ModuleBase&>(nn::MSELoss())(ones({2})); }) ==
        "MSELoss takes more than one tensor: call it as loss(input, target)");
}

TEST_CASE("a loss of one's own", "[loss]") {
  const HalfMSELoss loss;
  CHECK(loss(tensor({1., 3.}), tensor({1., 1.})).item<float>() == 1);
  CHECK(loss.to_string() == "HalfMSELoss()");
}

TEST_CASE("a bad option of a loss is told when it is made", "[loss]") {
  CHECK_THROWS_AS(nn::MSELoss({.reduction = "avg"}), nn::OptionError);
  CHECK(message([] { nn::L1Loss({.reduction = "batchmean"}); }) ==
        "batchmean is not a valid value for reduction");
  CHECK_NOTHROW(nn::KLDivLoss({.reduction = "batchmean"}));
  CHECK_THROWS_AS(nn::KLDivLoss({.reduction = ""}), nn::OptionError);
  CHECK_THROWS_AS(nn::SmoothL1Loss({.beta = -1}), nn::OptionError);
  CHECK_THROWS_AS(nn::HuberLoss({.delta = 0}), nn::OptionError);
  CHECK_THROWS_AS(nn::HuberLoss({.delta = std::nan("")}), nn::OptionError);
  CHECK_THROWS_AS(nn::CrossEntropyLoss({.label_smoothing = -0.1}), nn::OptionError);
  CHECK_THROWS_AS(nn::CrossEntropyLoss({.label_smoothing = 1.1}), nn::OptionError);
  CHECK_THROWS_AS(nn::TripletMarginLoss({.margin = 0}), nn::OptionError);
}
