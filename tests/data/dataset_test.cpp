// Datasets and random_split against golden/data.json.
#include "wick/data/dataset.h"

#include "golden_random.h"
#include "wick/data/collate.h"
#include "wick/error.h"
#include "wick/ops.h"

using namespace wick;
using data::ConcatDataset;
using data::random_split;
using data::Subset;
using data::TensorDataset;
using nlohmann::json;

namespace {

const json& golden() {
  static const json content = read_golden("data.json");
  return content;
}

/// Example i is i.
struct Count {
  int64_t count;
  int64_t size() const { return count; }
  int64_t get(int64_t index) const { return index; }
};
static_assert(data::Dataset<Count> && !data::BatchedDataset<Count>);
static_assert(data::BatchedDataset<TensorDataset<2>>);
static_assert(data::BatchedDataset<Subset<TensorDataset<2>>> &&
              !data::BatchedDataset<Subset<Count>>);
static_assert(!data::Dataset<Tensor> && !data::Dataset<std::vector<int>>);

int64_t next_number(Generator& generator) {
  Generator copy = generator.clone();
  return empty({}, int64).random_(&copy).item<int64_t>();
}

std::string golden_error(const std::string& name) {
  for (const json& entry : golden()["errors"])
    if (entry["case"] == name) return entry["message"];
  FAIL("no golden error " << name);
  return "";
}

bool holds_floats(const json& numbers) {
  for (const json& number : numbers)
    if (number.is_number_float()) return true;
  return false;
}

auto split(int64_t size, const json& lengths) {
  return holds_floats(lengths) ? random_split(Count{size}, lengths.get<std::vector<double>>())
                               : random_split(Count{size}, lengths.get<std::vector<int64_t>>());
}

}  // namespace

TEST_CASE("random_split cuts as PyTorch does", "[data][dataset]") {
  for (const json& entry : golden()["splits"]) {
    INFO(entry.dump());
    manual_seed(entry["seed"].get<int64_t>());
    const auto parts = split(entry["size"], entry["lengths"]);
    REQUIRE(parts.size() == entry["parts"].size());
    for (size_t i = 0; i < parts.size(); ++i) CHECK(json(parts[i].indices()) == entry["parts"][i]);
    CHECK(next_number(default_generator()) == entry["default"]);
  }
}

TEST_CASE("random_split: mistakes have PyTorch's texts and draw nothing", "[data][dataset]") {
  manual_seed(5);
  const int64_t before = next_number(default_generator());
  int cases = 0;
  for (const json& entry : golden()["errors"]) {
    const std::string name = entry["case"];
    if (!name.starts_with("split ")) continue;
    const size_t list = name.find('[');
    const int64_t size = std::stoll(name.substr(6));
    INFO(name);
    CHECK_THROWS_AS(split(size, json::parse(name.substr(list))), ValueError);
    CHECK_THROWS_WITH(split(size, json::parse(name.substr(list))),
                      entry["message"].get<std::string>());
    ++cases;
  }
  CHECK(cases == 7);
  CHECK_THROWS_AS(random_split(Count{10}, {-1, 11}), ValueError);
  CHECK_THROWS_AS(random_split(Count{10}, {INT64_MAX, int64_t{11}, INT64_MAX}), ValueError);
  CHECK_THROWS_AS(random_split(Count{10}, {0.5, std::nan("")}), ValueError);
  CHECK(next_number(default_generator()) == before);
}

TEST_CASE("random_split: as an array, with a generator, of a shared dataset", "[data][dataset]") {
  manual_seed(1);
  const auto parts = random_split(Count{10}, std::vector{8, 2});
  auto [train, test] = random_split(Count{10}, {8, 2}, &manual_seed(1));
  CHECK(train.indices() == parts[0].indices());
  CHECK(test.indices() == parts[1].indices());

  Generator generator(1);
  const int64_t before = next_number(default_generator());
  const auto shared = std::make_shared<Count>(Count{10});
  const auto [half, other] = random_split(shared, {0.8, 0.2}, &generator);
  CHECK(half.indices() == parts[0].indices());
  CHECK(&half.dataset() == shared.get());
  CHECK(&other.dataset() == shared.get());
  CHECK(next_number(default_generator()) == before);

  // Python before 3.12 makes 1.0000000000000002 of it.
  CHECK(random_split(Count{20}, std::vector<double>(20, 0.05))[19].size() == 1);
  CHECK_THROWS_AS(random_split(std::shared_ptr<Count>(), {0.8, 0.2}), ValueError);
}

TEST_CASE("TensorDataset", "[data][dataset]") {
  const Tensor x = arange(12).reshape({4, 3});
  const Tensor y = tensor({4, 5, 6, 7});
  const TensorDataset dataset(x, y);
  CHECK(dataset.size() == 4);
  const auto [row, label] = dataset.get(2);
  CHECK(row.equal(tensor({6, 7, 8})));
  CHECK(row.shares_storage(x));
  CHECK(label.item<int64_t>() == 6);
  CHECK(dataset.get(-1)[1].item<int64_t>() == 7);
  CHECK_THROWS_AS(dataset.get(4), IndexError);
  CHECK_THROWS_AS(dataset.get(-5), IndexError);

  const auto [rows, labels] = dataset.get_batch(tensor({3, 0, 3}));
  CHECK(rows.equal(tensor({{9, 10, 11}, {0, 1, 2}, {9, 10, 11}})));
  CHECK(labels.equal(tensor({7, 4, 7})));
  CHECK_FALSE(rows.shares_storage(x));
  CHECK_THROWS_AS(dataset.get_batch(tensor({4})), IndexError);

  // Views of one table, as when they come from a file.
  const TensorDataset views(x(all, slice(0, 2)), x(all, 2));
  CHECK(views.get(1)[0].equal(tensor({3, 4})));
  CHECK(TensorDataset(y).get(0)[0].item<int64_t>() == 4);

  CHECK_THROWS_AS(TensorDataset(x, y(slice(0, 3))), ShapeError);
  CHECK_THROWS_WITH(TensorDataset(x, y(slice(0, 3))),
                    golden_error("TensorDataset") + ": 4 and 3 in dimension 0");
  CHECK_THROWS_AS(TensorDataset(x, tensor(1)), IndexError);
  CHECK_THROWS_AS(TensorDataset(x, Tensor()), Error);
}

TEST_CASE("Subset", "[data][dataset]") {
  const TensorDataset dataset(arange(10));
  const Subset subset(dataset, {7, 2, 2, -1});
  CHECK(subset.size() == 4);
  CHECK(subset.get(0)[0].item<int64_t>() == 7);
  CHECK(subset.get(3)[0].item<int64_t>() == 9);
  CHECK(subset.get(-2)[0].item<int64_t>() == 2);
  CHECK(subset.get_batch(tensor({2, 0}))[0].equal(tensor({2, 7})));
  CHECK_THROWS_AS(subset.get(4), IndexError);
  CHECK_THROWS_AS(subset.get(-5), IndexError);
  CHECK_THROWS_AS(subset.get_batch(tensor({4})), IndexError);
  CHECK_THROWS_AS(Subset(dataset, {10}).get(0), IndexError);
  const Subset nested(subset, {0, 1});
  CHECK(nested.get_batch(tensor({1, 0}))[0].equal(tensor({2, 7})));
}

TEST_CASE("ConcatDataset", "[data][dataset]") {
  const ConcatDataset both(
      std::vector{Subset(Count{9}, {5, 6}), Subset(Count{9}, {}), Subset(Count{9}, {1, 2, 3})});
  CHECK(both.size() == 5);
  std::vector<int64_t> found;
  for (int64_t i = 0; i < both.size(); ++i) found.push_back(both.get(i));
  CHECK(found == std::vector<int64_t>{5, 6, 1, 2, 3});
  CHECK(both.get(-1) == 3);
  CHECK(both.get(-5) == 5);
  CHECK_THROWS_AS(both.get(5), IndexError);
  CHECK_THROWS_AS(both.get(-9), ValueError);
  CHECK_THROWS_WITH(both.get(-9), golden_error("ConcatDataset[-9]"));
  CHECK_THROWS_AS(ConcatDataset(std::vector<Count>()), ValueError);
  CHECK_THROWS_WITH(ConcatDataset(std::vector<Count>()), golden_error("ConcatDataset"));
}

TEST_CASE("default_collate", "[data][collate]") {
  using data::default_collate;
  const Tensor a = tensor({1., 2.}), b = tensor({3., 4.});
  CHECK(default_collate(std::vector{a, b}).equal(tensor({{1., 2.}, {3., 4.}})));
  CHECK(default_collate(std::vector{a(0), b(1)}).equal(tensor({1., 4.})));  // of what x(i) gives
  CHECK(default_collate(std::vector<int>{1, 2}).equal(tensor({1, 2})));
  CHECK(default_collate(std::vector<uint8_t>{1, 2}).dtype() == int64);
  CHECK(default_collate(std::vector<float>{1, 2}).dtype() == float32);
  CHECK(default_collate(std::vector<double>{1, 2}).dtype() == float64);
  CHECK(default_collate(std::vector<bool>{true, false}).dtype() == bool_);
  CHECK(default_collate(std::vector<std::string>{"a", "b"}) == std::vector<std::string>{"a", "b"});

  const auto [xs, ys] = default_collate(std::vector{std::pair(a, 1), std::pair(b, 2)});
  CHECK(xs.shape() == Shape{2, 2});
  CHECK(ys.equal(tensor({1, 2})));
  const auto [first, rest] = default_collate(
      std::vector{std::tuple(std::string("x"), std::array{a, b}), {"y", std::array{b, a}}});
  CHECK(first[1] == "y");
  CHECK(rest[1].equal(tensor({{3., 4.}, {1., 2.}})));
  CHECK(std::get<0>(default_collate(std::vector{std::tuple(1.5)})).dtype() == float64);

  struct Example {
    Tensor image, label;
    std::array<Tensor, 2> sizes;
  };
  const Example batch = default_collate(std::vector<Example>{{a, a(0), {a, b}}, {b, b(0), {b, b}}});
  CHECK(batch.image.shape() == Shape{2, 2});
  CHECK(batch.label.equal(tensor({1., 3.})));
  CHECK(batch.sizes[1].shape() == Shape{2, 2});

  CHECK_THROWS_AS(default_collate(std::vector{a, tensor({1.})}), ShapeError);
  CHECK_THROWS_AS(default_collate(std::vector<Tensor>()), ValueError);
}
