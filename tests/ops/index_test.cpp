#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "catch.h"
#include "golden_path.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace {

using namespace wick;
using Values = std::vector<int64_t>;
using nlohmann::json;

Values values(const Tensor& t) { return t.to_vector<int64_t>(); }

Tensor ints(const Values& v, const Shape& shape) { return tensor(v).view(shape); }
Tensor mask(const std::vector<bool>& v) { return tensor(v); }

template <class E, class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("another class: ") + e.what();
  }
  return "no error";
}

Index index_from(const json& entry) {
  if (entry == "none") return none;
  if (entry == "ellipsis") return ellipsis;
  if (entry.contains("int")) return entry["int"].get<int64_t>();
  if (entry.contains("slice")) {
    const auto end = [](const json& e) {
      return e.is_null() ? std::nullopt : std::optional<int64_t>(e.get<int64_t>());
    };
    const json& s = entry["slice"];
    return Slice{end(s[0]), end(s[1]), s[2].get<int64_t>()};
  }
  const std::string kind = entry.begin().key();
  const json& list = entry.begin().value();
  const Tensor t = ints(list["values"].get<Values>(), Shape(list["shape"].get<Values>()));
  return t.to(kind == "long" ? int64 : kind == "bool" ? bool_ : uint8);
}

/// PyTorch numbers picked dimensions by their place among the picked ones: x[:, [5]] "for dimension
/// 0". wick names the dimension of x, so that number is left out of the comparison.
std::string without_dimension(std::string text) {
  const size_t at = text.find("for dimension ");
  if (at != std::string::npos) text.erase(at, text.find(" with size", at) - at);
  return text;
}

/// x and a copy of it that is neither contiguous nor at the start of its storage.
Tensor scattered(const Tensor& x) {
  Shape wide{2};
  for (const int64_t size : x.shape()) wide.push_back(2 * size + 1);
  Tensor view = full(wide, -1, int64).select(0, 1);
  for (int64_t d = 0; d < x.dim(); ++d) view = view.slice(d, 1, {}, 2);
  view.copy_(x);
  return view;
}

/// Every way of using one index, against the positions that reading arange gives.
void check_case(const Shape& shape, const std::vector<Index>& index, const Shape& result,
                const Values& positions) {
  const Tensor x = arange(shape.numel()).view(shape);
  for (const Tensor& source : {x, scattered(x)}) {
    const Tensor read = source.index(index);
    CHECK(read.shape() == result);
    CHECK(values(read) == positions);
  }
  CHECK(x.to(Device::meta).index(index).shape() == result);

  const auto count = static_cast<int64_t>(positions.size());
  Values put(static_cast<size_t>(shape.numel()), 0), added = put, filled = put;
  for (int64_t k = 0; k < count; ++k) {
    const auto at = static_cast<size_t>(positions[static_cast<size_t>(k)]);
    put[at] = k + 1;
    added[at] += k + 1;
    filled[at] = 7;
  }
  const Tensor value = arange(1, count + 1).view(result);
  for (const bool spread : {false, true}) {
    const auto fresh = [&] {
      return spread ? scattered(zeros(shape, int64)) : zeros(shape, int64);
    };
    Tensor target = fresh();
    CHECK(values(target.index_put_(index, value)) == put);
    target = fresh();
    target.index_put_(index, value, true);
    CHECK(values(target) == added);
    target = fresh();
    target.index(index) = 7;
    CHECK(values(target) == filled);
    target = fresh();
    target.index(index) = value.to(float32);
    CHECK(values(target) == put);
  }
}

}  // namespace

TEST_CASE("indexing gives what PyTorch gives", "[index][golden]") {
  std::ifstream file(golden_path("indexing.json"));
  const json golden = json::parse(file);
  REQUIRE(golden["cases"].size() >= 200);
  for (const json& c : golden["cases"]) {
    INFO(c.dump());
    const Shape shape(c["shape"].get<Values>());
    std::vector<Index> index;
    for (const json& entry : c["index"]) index.push_back(index_from(entry));
    if (c.contains("error")) {
      const Tensor x = arange(shape.numel()).view(shape);
      const auto read = [&] { x.index(index); };
      const std::string found =
          c["kind"] == "IndexError" ? error_of<IndexError>(read) : error_of<ValueError>(read);
      CHECK(without_dimension(found) == without_dimension(c["error"]));
      CHECK_THROWS_AS(x.index_put_(index, tensor(0)), Error);
      CHECK(values(x) == values(arange(shape.numel())));  // nothing is written
    } else {
      check_case(shape, index, Shape(c["result"]["shape"].get<Values>()),
                 c["result"]["values"].get<Values>());
    }
  }
}

TEST_CASE("integers and slices give views", "[index]") {
  const Tensor x = arange(24).view({2, 3, 4});
  CHECK(values(x[1][2]) == Values{20, 21, 22, 23});
  CHECK(x(1, 2, 3).item<int64_t>() == 23);
  CHECK(values(x(all, -1, slice(1, 3))) == Values{9, 10, 21, 22});
  CHECK(x(none, ellipsis, none).shape() == Shape{1, 2, 3, 4, 1});
  CHECK(values(x(ellipsis, slice(none, none, 3))).size() == 12);
  CHECK(x(slice(2)).shape() == x.shape());
  CHECK(x(0, slice(5, 9)).shape() == Shape{0, 4});
  CHECK(x[tensor(1)].shares_storage(x));  // a 0-d integer tensor is an integer
  for (const Tensor& view : {Tensor(x[0]), Tensor(x(all, 1)), Tensor(x(ellipsis))}) {
    CHECK(view.shares_storage(x));
    CHECK_FALSE(view.is_same(x));
    view.fill_(-1);
  }
  CHECK(x.eq(-1).all().item<bool>());
}

TEST_CASE("assignment to an indexed tensor writes, to a name it rebinds", "[index]") {
  const Tensor x = zeros({2, 3});
  x[0] = 1;
  x(1, slice(0, 2)) = tensor({5, 6});
  CHECK(values(x) == Values{1, 1, 1, 5, 6, 0});
  x(all, 2) += 10;
  x[1] *= tensor({2, 2, 2});
  x[0] -= x[1];
  CHECK(values(x) == Values{-9, -11, -9, 10, 12, 20});
  auto row = x[0];
  row = ones({2});
  CHECK(values(x).front() == -9);
  x[0] = x[1];  // an Indexed on both sides
  CHECK(values(x) == Values{10, 12, 20, 10, 12, 20});
  x[0] = ones({1, 1, 3});  // leading ones are dropped
  x[1] = 2.7;
  CHECK(x.to_vector<float>() == std::vector<float>{1, 1, 1, 2.7F, 2.7F, 2.7F});
  const Tensor whole = arange(3);
  whole[1] = 2.7;
  whole[2] = tensor(3.9);
  CHECK(values(whole) == Values{0, 2, 3});
  CHECK_THROWS_WITH(x[0] = ones({2}),
                    "The expanded size of the tensor (3) must match the existing size (2) at "
                    "non-singleton dimension 0.  Target sizes: [3].  Tensor sizes: [2]");
  CHECK_THROWS_WITH((x[0] = ones({2, 3})),
                    "expand(FloatTensor{[2, 3]}, size=[3]): the number of sizes provided (1) must "
                    "be greater or equal to the number of dimensions in the tensor (2)");
  CHECK_THROWS_AS(x[0] = Tensor(), Error);
}

TEST_CASE("tensors pick copies, and write where they pick from", "[index]") {
  const Tensor x = arange(6).view({2, 3});
  const Tensor copy = x(all, tensor({2, 0}));
  CHECK(values(copy) == Values{2, 0, 5, 3});
  copy.zero_();
  CHECK(values(x) == Values{0, 1, 2, 3, 4, 5});

  x(x.gt(3)) = -1;
  x(tensor({0, 0, -1}), tensor({0, 0, 1})) += 10;  // duplicates count once
  CHECK(values(x) == Values{10, 1, 2, 3, 9, -1});
  x.index_put_({tensor({0, 0}), tensor({1, 1})}, tensor({2, 5}), true);
  CHECK(values(x)[1] == 8);
  x(tensor({0, 0}), 1) = tensor({3, 4});  // the last one stays
  CHECK(values(x)[1] == 4);
  x(mask({false, true})) = arange(3);
  CHECK(values(x) == Values{10, 4, 2, 0, 1, 2});
  x(mask({false, false})) = 5;
  x[tensor({1, 0}, int32)] = x;  // reads all before it writes
  CHECK(values(x) == Values{0, 1, 2, 10, 4, 2});
  const Tensor p = tensor({2, 0, 1});
  p(p) = p;
  CHECK(values(p) == Values{0, 1, 2});

  const Tensor exact = zeros({2}, float64);
  exact(mask({true, false})) = 0.1;
  CHECK(exact[0].item<double>() == 0.1);
}

TEST_CASE("a mask uses up as many dimensions as it has", "[index]") {
  // NumPy's meaning; PyTorch 1.13 cuts the wrong dimension in the last one.
  const Tensor x = arange(24).view({2, 2, 2, 3});
  const Tensor two = tensor({{false, true}, {true, false}});
  CHECK(values(x(two, 1)) == Values{9, 10, 11, 15, 16, 17});
  CHECK(values(x(two, ellipsis, 0)) == Values{6, 9, 12, 15});
  CHECK(values(x(0, two, tensor({0, 2}))) == Values{3, 8});
  CHECK(x(two, all, slice(-2, none)).shape() == Shape{2, 2, 2});
  CHECK(values(x(two, all, slice(2, none))) == Values{8, 11, 14, 17});
}

TEST_CASE("picking keeps every dtype's bits", "[index]") {
  for (const DType dtype : {float32, float64, bfloat16, float16, int64, int32, uint8, bool_}) {
    const Tensor x = arange(12).remainder(2).view({3, 4}).to(dtype);
    const Tensor picked = x(tensor({2, 1}), slice(1, 4));
    CHECK(picked.dtype() == dtype);
    CHECK(values(picked) == Values{1, 0, 1, 1, 0, 1});
    x.index_put_({tensor({0, 0})}, ones({2, 4}, dtype), true);
    CHECK(values(x[0]) == (dtype == bool_ ? Values{1, 1, 1, 1} : Values{2, 3, 2, 3}));
  }
  const Tensor bytes = full({1}, 200, uint8);
  bytes.index_put_({tensor({0})}, full({1}, 100, uint8), true);
  CHECK(bytes[0].item<int64_t>() == 44);
  const Tensor longs = full({1}, INT64_MAX);
  longs.index_put_({tensor({0})}, tensor({1}), true);
  CHECK(longs[0].item<int64_t>() == INT64_MIN);
}

TEST_CASE("indexing large tensors on many threads", "[index]") {
  const Tensor x = arange(300 * 400).view({300, 400});
  Values reversed(400);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const Tensor back = tensor(reversed);
  const Values flipped = values(x(all, back));
  const Values picked = values(x(back.slice(0, 100), all));
  bool equal = true;
  for (size_t i = 0; i < flipped.size(); ++i)
    equal = equal && flipped[i] == static_cast<int64_t>(i / 400 * 400 + 399 - i % 400) &&
            picked[i] == static_cast<int64_t>((299 - i / 400) * 400 + i % 400);
  CHECK(equal);
  const Tensor y = zeros({300, 400}, int64);
  y(all, back) = x;
  CHECK(values(y) == flipped);
  y(x.ge(60000)) = -1;
  CHECK(y.eq(-1).sum().item<int64_t>() == 60000);
  y.zero_();
  y.index_put_({zeros({300}, int64)}, ones({300, 400}, int64), true);
  CHECK((y[0].eq(300).all().item<bool>() && y(slice(1, none)).eq(0).all().item<bool>()));
}

TEST_CASE("what an index must not be", "[index]") {
  const Tensor x = arange(6).view({2, 3});
  const Tensor v = arange(3);
  const auto text = [](auto f) { return error_of<IndexError>(f); };
  CHECK(text([&] { v[-4]; }) == "index -4 is out of bounds for dimension 0 with size 3");
  CHECK(text([&] { x(0, 5); }) == "index 5 is out of bounds for dimension 1 with size 3");
  CHECK(text([&] { v(0, 0); }) == "too many indices for tensor of dimension 1");
  CHECK(text([&] { v(tensor({5})); }) == "index 5 is out of bounds for dimension 0 with size 3");
  CHECK(text([&] {
          x(all, tensor({0, -9}));
        }) == "index -9 is out of bounds for dimension 1 with size 3");
  CHECK(text([&] { v(tensor({5})) = 1; }) ==
        "index 5 is out of bounds for dimension 0 with size 3");
  CHECK(text([&] { x(ellipsis, ellipsis); }) == "an index can only have a single ellipsis ('...')");
  CHECK(text([&] { tensor(1)[0]; }) ==
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in "
        "C++ to convert a 0-dim tensor to a number");
  CHECK(text([&] { x(tensor({0.5})); }) ==
        "tensors used as indices must be long, byte or bool tensors, got float32");
  CHECK(
      text([&] {
        x(mask({true, false, true}));
      }) ==
      "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3] "
      "at index 0");
  CHECK(text([&] {
          x(tensor({0, 1}), tensor({0, 1, 2}));
        }) ==
        "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]");
  CHECK(text([&] {
          zeros({0, 3})(tensor({0}));
        }) == "index is out of bounds for dimension with size 0");
  CHECK(error_of<ValueError>([&] { v(slice(none, none, 0)); }) == "step must be greater than zero");
  CHECK(error_of<ValueError>([&] { v(slice(none, none, -1)); }) ==
        "step must be greater than zero");
  CHECK(error_of<ShapeError>([&] { x(tensor({0})) = ones({4}, int64); }) ==
        "shape mismatch: value tensor of shape [4] cannot be broadcast to indexing result of shape "
        "[1, 3]");
  CHECK_THROWS_AS(x(Tensor()), Error);
  CHECK_THROWS_AS(Tensor()[0], Error);
  CHECK_THROWS_AS(x.index_put_({tensor({0})}, Tensor()), Error);
  CHECK_THROWS_AS(x[INT64_MIN], IndexError);
  CHECK(x(slice(INT64_MIN, INT64_MAX, INT64_MAX)).shape() == Shape{1, 3});
  CHECK_THROWS_AS(x.index(std::vector<Index>(17, none)), ShapeError);
  CHECK(values(x) == Values{0, 1, 2, 3, 4, 5});
}

TEST_CASE("indexing on the meta device", "[index]") {
  const Tensor x = empty({2, 3}, {.device = meta});
  const Tensor i = empty({4, 1}, {.dtype = int64, .device = meta});
  CHECK(x(all, i).shape() == Shape{2, 4, 1});
  CHECK(zeros({5, 2})(i).is_meta());
  CHECK(x(empty({}, {.dtype = int64, .device = meta})).shape() == Shape{3});
  CHECK(x(mask({true, false})).shape() == Shape{1, 3});
  CHECK_THROWS_AS(x(empty({2}, {.dtype = bool_, .device = meta})), TypeError);
  x(i) = 1;
  x[0] = zeros({3});
  CHECK_THROWS_AS(x(i) = zeros({5, 5, 5}), ShapeError);
  CHECK_THROWS_AS(zeros({2, 3})(tensor({0})) = x[0], TypeError);
}

TEST_CASE("gradients of indexing are recorded", "[index][autograd]") {
  const Tensor x = ones({2, 3}).requires_grad_();
  CHECK(x(tensor({0})).grad_fn() == "IndexBackward0");
  CHECK(x[0].grad_fn() == "SelectBackward0");
  CHECK_THROWS_AS(x(tensor({0})) = 1, Error);
  CHECK_THROWS_AS(x[0] = 1, Error);
  const Tensor y = x * 2;
  y(tensor({0})) = 1;
  CHECK(y.grad_fn() == "IndexPutBackward0");
  const NoGradGuard guard;
  x(tensor({0})) = 3;
  CHECK(values(x) == Values{3, 3, 3, 1, 1, 1});
}

TEST_CASE("iterating over dimension 0", "[index]") {
  const Tensor x = zeros({3, 2});
  int64_t n = 0;
  for (const Tensor& row : x) row.fill_(++n);
  CHECK(values(x) == Values{1, 1, 2, 2, 3, 3});
  for ([[maybe_unused]] const Tensor& row : zeros({0, 2})) ++n;
  CHECK(n == 3);
  CHECK(error_of<TypeError>([] { tensor(1).begin(); }) == "iteration over a 0-d tensor");
}
