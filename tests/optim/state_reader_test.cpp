// Options as tensors and back: what is taken, what is told to be wrong, and that nothing is changed
// before all is well.
#include "wick/optim/state.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;
using optim::Option;
using optim::StateDict;
using optim::StateReader;

namespace {

/// What finish() says; "" if nothing is wrong.
std::string problem(StateReader& reader) {
  try {
    reader.finish("It");
    return "";
  } catch (const ValueError& error) {
    return error.what();
  }
}

/// Reads the one entry "x" into `place`.
template <class T>
std::string read(const Tensor& value, T& place) {
  const StateDict state{{"x", value}};
  StateReader reader(state);
  reader.read("", {"x", place});
  return problem(reader);
}

}  // namespace

TEST_CASE("options are written as small tensors of a dtype of their own", "[optim][state]") {
  double number = 0.1;
  int64_t integer = (int64_t{1} << 53) + 1;
  bool boolean = true;
  std::string text = "cos";
  std::array<double, 2> pair{0.9, 0.999};
  std::vector<double> list{1, 2.5, -3};
  const auto is = [](const Option& option, DType dtype, const Shape& shape) {
    const DeviceGuard guard(meta);  // whatever the default device is
    const Tensor t = option.to_tensor();
    CHECK(t.device() == cpu);
    CHECK(t.dtype() == dtype);
    CHECK(t.shape() == shape);
    return t;
  };
  CHECK(is({"a", number}, float64, {}).item<double>() == 0.1);
  CHECK(is({"a", integer}, int64, {}).item<int64_t>() == (int64_t{1} << 53) + 1);
  CHECK(is({"a", boolean}, bool_, {}).item<bool>());
  CHECK(is({"a", text}, uint8, {3}).to_vector<uint8_t>() == std::vector<uint8_t>{'c', 'o', 's'});
  CHECK(is({"a", pair}, float64, {2}).to_vector<double>() == std::vector<double>{0.9, 0.999});
  CHECK(is({"a", list}, float64, {3}).to_vector<double>() == list);
  text.clear();
  list.clear();
  is({"a", text}, uint8, {0});
  is({"a", list}, float64, {0});
  using Kind = Option::Kind;
  CHECK(Option("a", number).kind() == Kind::number);
  CHECK(Option("a", integer).kind() == Kind::integer);
  CHECK(Option("a", boolean).kind() == Kind::boolean);
  CHECK(Option("a", text).kind() == Kind::text);
  CHECK(Option("a", pair).kind() == Kind::pair);
  CHECK(Option("a", list).kind() == Kind::list);
  CHECK(Option("name", list).name() == "name");
}

TEST_CASE("options print as Python's", "[optim][state]") {
  double number = 1e-8;
  int64_t integer = -1;
  bool boolean = false;
  std::string text;
  std::array<double, 2> pair{0, 0.999};
  std::vector<double> list{1, 0.5};
  CHECK(Option("a", number).to_string() == "1e-08");
  number = 0;
  CHECK(Option("a", number).to_string() == "0");
  CHECK(Option("a", integer).to_string() == "-1");
  CHECK(Option("a", boolean).to_string() == "False");
  boolean = true;
  CHECK(Option("a", boolean).to_string() == "True");
  CHECK(Option("a", text).to_string() == "None");
  text = "strong_wolfe";
  CHECK(Option("a", text).to_string() == "strong_wolfe");
  CHECK(Option("a", pair).to_string() == "(0.0, 0.999)");
  CHECK(Option("a", list).to_string() == "[1, 0.5]");
}

TEST_CASE("numbers are read from any dtype, with one element", "[optim][state]") {
  double number = -1;
  for (const DType dtype : {float32, float64, bfloat16, int64, int32, uint8}) {
    CHECK(read(full({}, 2, dtype), number).empty());
    CHECK(number == 2);
    number = -1;
    CHECK(read(full({1}, 2, dtype), number).empty());
    CHECK(number == 2);
    number = -1;
  }
  CHECK(read(tensor(true), number).empty());
  CHECK(number == 1);
  const auto mismatch = [](const char* shape) {
    return fmt::format(
        "Error(s) in loading state_dict for It:\n\tsize mismatch for x: the shape in the state "
        "dict is {}, expected [].",
        shape);
  };
  number = 5;
  CHECK(read(zeros({2}), number) == mismatch("[2]"));
  CHECK(read(zeros({0}), number) == mismatch("[0]"));
  CHECK(read(zeros({1, 1}), number) == mismatch("[1, 1]"));
  CHECK(number == 5);
  CHECK(read(Tensor(), number) == "Error(s) in loading state_dict for It:\n\t\"x\" is undefined");
  CHECK(read(zeros({}, {.device = meta}), number) ==
        "Error(s) in loading state_dict for It:\n\t\"x\" is on the meta device");
}

TEST_CASE("integers have to be whole and fit, bools have to be 0 or 1", "[optim][state]") {
  int64_t integer = 7;
  for (const int64_t good :
       {INT64_MIN, INT64_MIN + 1, int64_t{-1}, (int64_t{1} << 53) + 1, INT64_MAX}) {
    CHECK(read(tensor(good), integer).empty());
    CHECK(integer == good);
  }
  CHECK(read(tensor(3., float64), integer).empty());
  CHECK(integer == 3);
  for (const double bad :
       {0.5, -1.5, 0x1p63, -0x1p63, 1e300, std::numeric_limits<double>::infinity(), std::nan("")}) {
    CAPTURE(bad);
    CHECK_THAT(read(tensor(bad, float64), integer), ContainsSubstring("expected an integer."));
  }
  CHECK(integer == 3);
  CHECK(read(tensor(std::nextafter(0x1p63, 0.0), float64), integer).empty());
  bool boolean = false;
  for (const DType dtype : {bool_, uint8, int64, float32}) {
    CHECK(read(ones({}, dtype), boolean).empty());
    CHECK(boolean);
    CHECK(read(zeros({}, dtype), boolean).empty());
    CHECK_FALSE(boolean);
  }
  for (const double bad : {2.0, -1.0, 0.5, std::nan("")})
    CHECK_THAT(read(tensor(bad), boolean), ContainsSubstring("expected a bool."));
  CHECK_FALSE(boolean);
}

TEST_CASE("texts, pairs and lists are rows", "[optim][state]") {
  std::string text = "before";
  CHECK(read(tensor({97, 127, 0}, uint8), text).empty());
  CHECK(text == std::string("a\x7f\0", 3));
  CHECK(read(empty({0}, uint8), text).empty());
  CHECK(text.empty());
  for (const int64_t bad : {-1, 128, 255})
    CHECK_THAT(read(tensor({int64_t{97}, bad}), text), ContainsSubstring("x is no text."));
  CHECK_THAT(read(zeros({1, 1}), text), ContainsSubstring("expected one dimension"));
  std::array<double, 2> pair{5, 6};
  CHECK(read(tensor({0.5, 0.25}), pair).empty());
  CHECK(pair == std::array{0.5, 0.25});
  for (const Shape& bad : {Shape{1}, Shape{3}, Shape{0}})
    CHECK_THAT(read(zeros(bad), pair), ContainsSubstring("expected [2]"));
  CHECK(pair == std::array{0.5, 0.25});
  std::vector<double> list{1, 2, 3};  // keeps its length
  CHECK(read(tensor({4., 5., 6.}), list).empty());
  CHECK(list == std::vector<double>{4, 5, 6});
  for (const Shape& bad : {Shape{2}, Shape{4}, Shape{3, 1}})
    CHECK_FALSE(read(zeros(bad), list).empty());
  CHECK(list == std::vector<double>{4, 5, 6});
}

TEST_CASE("tensors and rows of numbers", "[optim][state]") {
  const StateDict state{{"a", ones({2, 3})}, {"b", tensor({1, 2})}, {"c", tensor(5)}};
  StateReader reader(state);
  CHECK(reader.has("a"));
  CHECK_FALSE(reader.has("A"));
  CHECK(reader.tensor("a", {2, 3}).is_same(state["a"]));
  CHECK_FALSE(reader.tensor("z", {2}, true).defined());  // is no problem
  CHECK(reader.numbers("b") == std::vector<double>{1, 2});
  CHECK(reader.numbers("c") == std::vector<double>{5});
  int done = 0;
  reader.then([&] { ++done; });
  reader.then([&] { done *= 10; });
  CHECK(done == 0);
  reader.finish("It");
  CHECK(done == 10);

  StateReader wrong(state);
  CHECK_FALSE(wrong.tensor("a", {3, 2}).defined());
  CHECK_FALSE(wrong.tensor("b", {2}).defined());  // of integers
  CHECK_FALSE(wrong.tensor("b", {2}, true).defined());
  CHECK_FALSE(wrong.tensor("y", {2}).defined());
  CHECK(wrong.numbers("a").empty());
  CHECK(wrong.numbers("x").empty());
  wrong.fail("my own");
  wrong.then([&] { ++done; });
  CHECK(problem(wrong) ==
        "Error(s) in loading state_dict for It:\n\t"
        "Missing key(s) in state_dict: \"y\", \"x\". \n\t"
        "Unexpected key(s) in state_dict: \"c\". \n\t"
        "size mismatch for a: the shape in the state dict is [2, 3], expected [3, 2].\n\t"
        "b is int64, expected floating point numbers.\n\t"
        "b is int64, expected floating point numbers.\n\t"
        "size mismatch for a: the shape in the state dict is [2, 3], expected at most one "
        "dimension.\n\t"
        "my own");
  CHECK(done == 10);
}
