// Format specs, print options, and what is not in PyTorch's texts.
#include "wick/format.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>

#include "catch.h"
#include "wick/ops.h"

using namespace wick;

namespace {

/// Options for one test; the defaults come back at its end.
struct WithOptions {
  explicit WithOptions(const PrintOptions& options) { set_printoptions(options); }
  ~WithOptions() { set_printoptions({}); }
  WithOptions(const WithOptions&) = delete;
  WithOptions& operator=(const WithOptions&) = delete;
};

std::string streamed(const auto& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

std::string padded(const Tensor& t) { return fmt::format("{:10}", t); }

}  // namespace

TEST_CASE("a spec formats every element") {
  CHECK(fmt::format("{:8.4f}", tensor({1.5, -2.25})) == "tensor([  1.5000,  -2.2500])");
  CHECK(fmt::format("{:8.4f}", tensor(1.5)) == "  1.5000");
  CHECK(fmt::format("{:.2f}", tensor({{1., 10.}, {-2., 0.5}})) ==
        "tensor([[ 1.00, 10.00],\n        [-2.00,  0.50]])");
  CHECK(fmt::format("{:>10}", tensor(0.5)) == "       0.5");
  CHECK(fmt::format("{:>10}", tensor({7, -8})) == "tensor([         7,         -8])");
  CHECK(fmt::format("{:<4}|", tensor(7)) == "7   |");
  CHECK(fmt::format("{:+.1e}", tensor({NAN, -INFINITY, 1.})) ==
        "tensor([    +nan,     -inf, +1.0e+00])");
  CHECK(fmt::format("{:04x}", tensor({255, 16})) == "tensor([00ff, 0010])");
  CHECK(fmt::format("{:3}", tensor({200, 7}, uint8)) == "tensor([200,   7], dtype=uint8)");
  CHECK(fmt::format("{:>6}", tensor({true, false})) == "tensor([  true,  false])");
  CHECK(fmt::format("{:d}", tensor({true, false})) == "tensor([1, 0])");
  CHECK(fmt::format("{:.3f}", tensor({0.5}, bfloat16)) == "tensor([0.500], dtype=bfloat16)");
  CHECK(fmt::format("{:.1f}", tensor({1.}, {.requires_grad = true})) ==
        "tensor([1.0], requires_grad=True)");
  CHECK(fmt::format("{:6.2f}", tensor({NAN, -INFINITY})) == "tensor([   nan,   -inf])");
  CHECK(fmt::format("{:<6.2f}", tensor({NAN, 1.})) == "tensor([nan   , 1.00  ])");
  CHECK(fmt::format("{:*^7.2f}", tensor({INFINITY, 1.})) == "tensor([**inf**, *1.00**])");
  // 0.1f as a double.
  CHECK(fmt::format("{:.10f}", tensor(0.1)) == "0.1000000015");
  // A fill of more than one byte.
  CHECK(fmt::format("{:·>4}", tensor({7, 10000})) == "tensor([ ···7, 10000])");
}

TEST_CASE("integers under a floating spec are formatted as in Python") {
  CHECK(fmt::format("{:.2f}", tensor(3)) == "3.00");
  CHECK(fmt::format("{:5.1f}", tensor({3, 20})) == "tensor([  3.0,  20.0])");
  CHECK(fmt::format("{:.1e}", tensor(true)) == "1.0e+00");
}

TEST_CASE("a spec keeps summaries, line breaks, empty and meta tensors") {
  CHECK(fmt::format("{:.1f}", arange(1001.)) ==
        "tensor([   0.0,    1.0,    2.0,  ...,  998.0,  999.0, 1000.0])");
  const WithOptions with({.linewidth = 20});
  CHECK(fmt::format("{:4d}", arange(4)) == "tensor([   0,    1,\n           2,    3])");
  CHECK(fmt::format("{:8.4f}", empty({0})) == "tensor([])");
  CHECK(fmt::format("{:8.4f}", empty({}, {.device = meta})) ==
        "tensor(...,\n       device='meta',\n       size=())");
}

TEST_CASE("a spec that does not fit throws fmt::format_error") {
  const auto format = [](const char* text, const Tensor& t) {
    return fmt::format(fmt::runtime(text), t);
  };
  CHECK_THROWS_AS(format("{:q}", tensor(1.)), fmt::format_error);
  CHECK_THROWS_AS(format("{:d}", tensor({1.})), fmt::format_error);
  CHECK_THROWS_AS(format("{:.2d}", tensor({1})), fmt::format_error);
  CHECK_THROWS_AS(format("{:s}", tensor({1})), fmt::format_error);
  CHECK_THROWS_AS(format("{:99999999999999999999}", tensor({1})), fmt::format_error);
  CHECK_THROWS_AS(format("{:{}}", tensor({1})), fmt::format_error);
  CHECK_THROWS_AS(format("{:8", tensor({1})), fmt::format_error);
  CHECK_THROWS_AS(format("{:q}", empty({0})), fmt::format_error);
  CHECK_THROWS_AS(format("{:q}", empty({2}, {.device = meta})), fmt::format_error);
  CHECK_THROWS_AS(format_tensor(tensor(1), "}"), fmt::format_error);
  CHECK_THROWS_AS(format_tensor(tensor(1), "{"), fmt::format_error);
}

TEST_CASE("undefined and moved-from tensors print") {
  CHECK(fmt::format("{}", Tensor()) == "[ Tensor (undefined) ]");
  CHECK(streamed(Tensor()) == "[ Tensor (undefined) ]");
  CHECK(padded(Tensor()) == "[ Tensor (undefined) ]");
  Tensor a = ones({2});
  const Tensor b = std::move(a);
  CHECK(b.to_string() == "tensor([1., 1.])");
}

TEST_CASE("shapes, dtypes, devices and indexed tensors print") {
  CHECK(fmt::format("{}", Shape{32, 100, 512}) == "[32, 100, 512]");
  CHECK(streamed(Shape{32, 100, 512}) == "[32, 100, 512]");
  CHECK(fmt::format("{} {:>8}|", Shape{}, Shape{1}) == "[]      [1]|");
  CHECK(fmt::format("{} {:>6}", bool_, uint8) == "bool  uint8");
  CHECK(streamed(bfloat16) == "bfloat16");
  CHECK(fmt::format("{} {}", cpu, meta) == "cpu meta");
  CHECK(streamed(meta) == "meta");
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(fmt::format("{} {:2}", x[1], x(0, 1)) == "tensor([3, 4])  2");
  CHECK(streamed(x[1]) == "tensor([3, 4])");
}

TEST_CASE("nan prints without its sign") {
  const double negative = std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0);
  CHECK(tensor(std::vector<double>{negative, 1.5}).to(float32).to_string() ==
        "tensor([   nan, 1.5000])");
  CHECK(fmt::format("{:5.1f}", tensor(std::vector<double>{negative})) ==
        "tensor([  nan], dtype=float64)");
}

TEST_CASE("print options are checked, kept and restored") {
  {
    const WithOptions with({.precision = 2, .threshold = 5, .edgeitems = 1, .linewidth = 30});
    CHECK(get_printoptions().precision == 2);
    CHECK(get_printoptions().linewidth == 30);
    CHECK_FALSE(get_printoptions().sci_mode.has_value());
    CHECK(arange(6).to_string() == "tensor([0,  ..., 5])");
    CHECK_THROWS_AS(set_printoptions({.precision = -1}), ValueError);
    CHECK_THROWS_AS(set_printoptions({.precision = 1075}), ValueError);
    CHECK_THROWS_AS(set_printoptions({.threshold = -1}), ValueError);
    CHECK_THROWS_AS(set_printoptions({.edgeitems = -1}), ValueError);
    CHECK_THROWS_AS(set_printoptions({.linewidth = -1}), ValueError);
    CHECK(get_printoptions().precision == 2);
  }
  CHECK(get_printoptions().precision == 4);
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  const WithOptions with({.threshold = 0, .edgeitems = most, .linewidth = most});
  CHECK(arange(60).reshape({2, 30}).to_string().size() == 260);
}

TEST_CASE("no edge items leave the dots") {
  const WithOptions with({.threshold = 0, .edgeitems = 0});
  CHECK(arange(5).to_string() == "tensor([ ...])");
  CHECK(arange(6.).reshape({2, 3}).to_string() == "tensor([...])");
}

TEST_CASE("a summary reads only what it shows") {
  const Tensor huge = zeros({1}).expand({100000, 100000, 100000});
  const auto start = std::chrono::steady_clock::now();
  const std::string text = huge.to_string();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
  CHECK(text.substr(0, 41) == "tensor([[[0., 0., 0.,  ..., 0., 0., 0.],\n");
}
