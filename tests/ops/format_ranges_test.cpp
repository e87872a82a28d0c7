// Printing in a program that includes fmt's other headers, before wick's or behind them.
#include <fmt/ostream.h>
#include <fmt/ranges.h>
//
#include <fmt/chrono.h>

#include <sstream>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

/// fmt and std::ostream print `value` as its own to_string(), and not as a range of what is inside.
template <class T>
void prints_as_itself(const T& value) {
  CHECK(fmt::format("{}", value) == value.to_string());
  std::ostringstream out;
  out << value;
  CHECK(out.str() == value.to_string());
}

}  // namespace

TEST_CASE("printing after fmt/ranges.h: everything that prints is itself", "[format]") {
  prints_as_itself(nn::Parameter(tensor({1., 2.})));
  prints_as_itself(nn::Linear(2, 3));
  prints_as_itself(nn::Sequential{nn::Linear(2, 3), nn::GELU()});
  prints_as_itself(nn::ModuleList{nn::Linear(2, 3)});
  prints_as_itself(nn::ModuleDict{{"first", nn::Linear(2, 3)}});
  prints_as_itself(nn::AnyModule(nn::Linear(2, 3)));
  prints_as_itself(nn::LoadReport{});
  const nn::Buffer buffer(tensor({1., 2.}));
  prints_as_itself(buffer);
  prints_as_itself(Shape{2, 3});
  prints_as_itself(tensor({1., 2.}));

  const Tensor x = tensor({1., 2.});
  CHECK(fmt::format("{}", x) == "tensor([1., 2.])");
  CHECK(fmt::format("{}", x[0]) == "tensor(1.)");
  CHECK(fmt::format("{:.2f}", x) == "tensor([1.00, 2.00])");
  CHECK(fmt::format("{}", float32) == "float32");
  CHECK(fmt::format("{}", Device::cpu) == "cpu");
}

TEST_CASE("printing after fmt/ranges.h: containers of what prints are ranges", "[format]") {
  CHECK(fmt::format("{}", std::vector{Shape{2}, Shape{3, 4}}) == "[[2], [3, 4]]");
  CHECK(fmt::format("{}", std::vector{tensor(1.), tensor(2.)}) == "[tensor(1.), tensor(2.)]");
}
