// Anomaly detection: where nan began, and what it leaves alone.
#include <cmath>
#include <limits>
#include <string>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Anomaly {
  Anomaly() { autograd::set_detect_anomaly(true); }
  ~Anomaly() { autograd::set_detect_anomaly(false); }
};

Tensor leaf(const std::vector<double>& values) {
  return tensor(values).to(float32).requires_grad_();
}

template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("anomaly detection is off unless it is turned on", "[autograd][anomaly]") {
  CHECK_FALSE(autograd::is_anomaly_enabled());
  const Tensor x = leaf({-1, 2});
  CHECK_NOTHROW(x.log().sum().backward());
  {
    const Anomaly on;
    CHECK(autograd::is_anomaly_enabled());
  }
  CHECK_FALSE(autograd::is_anomaly_enabled());
}

TEST_CASE("the operation that made the first nan is named, not those behind it",
          "[autograd][anomaly]") {
  const Anomaly on;
  const Tensor x = leaf({-1, 2});
  CHECK(message([&] { (x.log() * 2).exp().sum().backward(); }) ==
        "the tensor that backward() starts from is nan: 'LogBackward0' returned nan values");
  const Tensor earlier = x.sqrt(), later = x.log();
  CHECK(message([&] { autograd::grad({(later + earlier).sum()}, {x}); }) ==
        "the tensor that backward() starts from is nan: 'SqrtBackward0' returned nan values");
  CHECK(message([&] { autograd::grad({(earlier + later).sum()}, {x}); }) ==
        "the tensor that backward() starts from is nan: 'SqrtBackward0' returned nan values");
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("the module is named in which a derivative gave nan", "[autograd][anomaly]") {
  struct Root : nn::Module {
    Tensor forward(const Tensor& x) const override { return sqrt(x); }
    WICK_MODULE(Root)
  };
  const Anomaly on;
  nn::Sequential model{{"root", Root()}};
  const Tensor x = leaf({0, 1});
  CHECK_THAT(message([&] {
               (model(x) * tensor({0., 1.})).sum().backward();
             }),
             ContainsSubstring("Function 'SqrtBackward0' returned nan values in its 0th output, "
                               "called in root (Root)."));
  const Tensor y = model(x), loss = y.sum();
  y.detach().add_(1);
  CHECK_THAT(message([&] { loss.backward(); }),
             ContainsSubstring("backward of SqrtBackward0, called in root (Root): one of the"));
}

TEST_CASE("the operation that made the first nan is named if it wrote in place",
          "[autograd][anomaly]") {
  const Anomaly on;
  const Tensor x = leaf({-1, 2});
  const auto named = [](const char* op) {
    return std::string("the tensor that backward() starts from is nan: '") + op +
           "' returned nan values";
  };
  const Tensor y = x * 1;
  y.log_().mul_(2);
  CHECK(message([&] { y.sum().backward(); }) == named("LogBackward0"));
  const Tensor z = x.log();
  z.mul_(2);  // has nan already
  CHECK(message([&] { z.sum().backward(); }) == named("LogBackward0"));
  const Tensor base = x * 1;
  base(slice(0, 1)).log_();  // through a view
  CHECK(message([&] { base.sum().backward(); }) == named("LogBackward0"));
  const Tensor zeros_of = zeros({2});
  zeros_of.add_(x).sqrt_();
  CHECK(message([&] { zeros_of.sum().backward(); }) == named("SqrtBackward0"));
  const Tensor good = x * 1;
  good.log_().fill_(1).mul_(x);  // nan is gone
  CHECK(message([&] { good.sum().backward(); }) == "none");
}

TEST_CASE("nan that came in is nobody's fault", "[autograd][anomaly]") {
  const Anomaly on;
  CHECK(message([&] {
          (leaf({not_a_number, 1}) * 2).sum().backward();
        }) == "the tensor that backward() starts from is nan, because an input or a parameter is");
  const Tensor constant = tensor({not_a_number, 1.});
  CHECK(message([&] {
          (leaf({1, 2}) * constant).sum().backward();
        }) == "the tensor that backward() starts from is nan, because an input or a parameter is");
}

TEST_CASE("the derivative that made nan of a number is named", "[autograd][anomaly]") {
  const Anomaly on;
  const Tensor x = leaf({0, 1}), w = leaf({1, 1});
  const auto second_is_nan = [&] {
    return autograd::record("PartBackward0", w.detach() * 1,
                            autograd::wrt(w, [](const Tensor& g) { return g; }),
                            autograd::wrt(x, [](const Tensor& g) { return g * not_a_number; }));
  };
  CHECK(message([&] { second_is_nan().sum().backward(); }) ==
        "Function 'PartBackward0' returned nan values in its 1th output.");
  // A gradient that is nan already is passed on.
  CHECK(message([&] { (x * 2).backward(tensor({not_a_number, 1.})); }) == "none");
  // Infinity is a number.
  CHECK(message([&] { x.sqrt().sum().backward(); }) == "none");
  // Integers and meta tensors have no nan.
  CHECK(message([&] { (x * tensor({1, 2})).sum().backward(); }) == "none");
  const Tensor on_meta = empty({2}, {.device = Device::meta, .requires_grad = true});
  CHECK(message([&] { on_meta.log().sum().backward(); }) == "none");
}

TEST_CASE("errors of derivatives say in which they were", "[autograd][anomaly]") {
  const Anomaly on;
  const Tensor x = leaf({1, 2}), y = x.exp(), loss = y.sum();
  y.detach().add_(1);
  const std::string text = message([&] { loss.backward(); });
  CHECK_THAT(text, ContainsSubstring("backward of ExpBackward0: one of the variables needed"));
  CHECK_THAT(text, ContainsSubstring("Hint: the operation that failed to compute its gradient is "
                                     "named in front of this message."));
}

TEST_CASE("with anomaly detection gradients are the same", "[autograd][anomaly]") {
  manual_seed(1);
  const Tensor x = randn({4, 5}, {.requires_grad = true});
  const auto gradient = [&] {
    const Tensor y = x.softmax(1) * 1;
    y[1].mul_(2);
    return autograd::grad({(y * y + y[0] + y.gelu()).sum()}, {x})[0];
  };
  const Tensor expected = gradient();
  const Anomaly on;
  CHECK(allclose(gradient(), expected, 1e-6, 1e-6));
}

TEST_CASE("nothing is noted of a forward pass without anomaly detection", "[autograd][anomaly]") {
  const Tensor y = leaf({-1, 2}).log().sum();
  const Anomaly on;
  CHECK_THAT(message([&] { y.backward(); }), !ContainsSubstring("LogBackward0"));
}
