// DataLoader against golden/data.json, and what PyTorch has no facts for.
#include "wick/data/data_loader.h"

#include "golden_random.h"
#include "wick/autograd.h"
#include "wick/device.h"
#include "wick/error.h"
#include "wick/ops.h"

using namespace wick;
using data::DataLoader;
using data::DataLoaderOptions;
using data::TensorDataset;
using nlohmann::json;

namespace {

const json& golden() {
  static const json content = read_golden("data.json");
  return content;
}

/// Example i is i, one at a time.
struct Count {
  int64_t count;
  int64_t size() const { return count; }
  int64_t get(int64_t index) const { return index; }
};

int64_t next_number(Generator& generator) {
  Generator copy = generator.clone();
  return empty({}, int64).random_(&copy).item<int64_t>();
}

/// The loader of a golden case, after seeding.
template <class D>
DataLoader<D> loader_of(const json& entry, D dataset, int64_t prefetch) {
  const int64_t seed = entry["seed"];
  manual_seed(seed);
  DataLoaderOptions options{.batch_size = entry["batch_size"],
                            .shuffle = entry["shuffle"],
                            .drop_last = entry["drop_last"],
                            .prefetch = prefetch};
  if (entry["own_generator"]) options.generator = Generator(seed + 1);
  return DataLoader<D>(std::move(dataset), options);
}

template <class Loader>
void check_generators(const json& expected, const Loader& loader) {
  CHECK(next_number(default_generator()) == expected["default"]);
  if (!loader.options().generator) return;
  Generator own = *loader.options().generator;
  CHECK(next_number(own) == expected["own"]);
}

template <class Loader>
json batches_of(const Loader& loader) {
  json batches = json::array();
  for (auto& batch : loader) {
    if constexpr (std::same_as<typename Loader::Batch, Tensor>)
      batches.push_back(batch.template to_vector<int64_t>());
    else
      batches.push_back(batch[0].template to_vector<int64_t>());
  }
  return batches;
}

template <class D>
void check_epochs(const json& entry, const D& dataset, int64_t prefetch) {
  INFO(prefetch);
  const auto loader = loader_of(entry, dataset, prefetch);
  CHECK(loader.size() == entry["length"]);
  for (const json& epoch : entry["epochs"]) {
    CHECK(batches_of(loader) == epoch["batches"]);
    check_generators(epoch, loader);
  }
}

}  // namespace

TEST_CASE("DataLoader: epochs are PyTorch's, and so are the generators after them",
          "[data][loader]") {
  for (const json& entry : golden()["epochs"]) {
    const int64_t size = entry["size"];
    INFO(json({entry["seed"], size, entry["batch_size"], entry["drop_last"], entry["shuffle"],
               entry["own_generator"]}));
    for (const int64_t prefetch : {0, 1, 3}) {
      check_epochs(entry, TensorDataset(arange(size)), prefetch);
      check_epochs(entry, Count{size}, prefetch);
    }
  }
}

TEST_CASE("DataLoader: the generators are PyTorch's at each step of an epoch", "[data][loader]") {
  for (const json& entry : golden()["steps"]) {
    INFO(entry.dump());
    for (const int64_t prefetch : {0, 2}) {
      const auto loader = loader_of(entry, Count{entry["size"].get<int64_t>()}, prefetch);
      auto it = loader.begin();
      for (const json& step : entry["steps"]) {
        check_generators(step, loader);
        ++it;
      }
      CHECK(it == loader.end());
    }
  }
}

TEST_CASE("DataLoader: an epoch that is left takes the generator no further", "[data][loader]") {
  for (const json& entry : golden()["steps"]) {
    for (size_t batches = 0; batches + 1 < entry["steps"].size(); ++batches) {
      const auto loader = loader_of(entry, Count{entry["size"].get<int64_t>()}, 2);
      size_t seen = 0;
      for ([[maybe_unused]] const Tensor& batch : loader)
        if (seen++ == batches) break;
      check_generators(entry["steps"][batches], loader);
    }
  }
}

TEST_CASE("DataLoader: mistakes", "[data][loader]") {
  for (const json& entry : golden()["errors"]) {
    const std::string name = entry["case"], message = entry["message"];
    if (name == "batch_size=0") CHECK_THROWS_WITH(DataLoader(Count{4}, {.batch_size = 0}), message);
    if (name == "batch_size=-3")
      CHECK_THROWS_WITH(DataLoader(Count{4}, {.batch_size = -3}), message);
    if (name == "shuffle of nothing")
      CHECK_THROWS_WITH(DataLoader(Count{0}, {.batch_size = 2, .shuffle = true}), message);
  }
  CHECK_THROWS_AS(DataLoader(Count{4}, {.batch_size = 0}), ValueError);
  CHECK_THROWS_AS(DataLoader(Count{4}, {.prefetch = -1}), ValueError);
  CHECK_THROWS_AS(DataLoader(std::shared_ptr<Count>()), ValueError);
  CHECK(batches_of(DataLoader(Count{0}, {.batch_size = 2})).empty());
  CHECK(DataLoader(Count{3}, {.batch_size = INT64_MAX}).size() == 1);
}

TEST_CASE("DataLoader: iterating", "[data][loader]") {
  const Tensor x = rand({10, 3}), y = arange(10);
  const DataLoader loader(TensorDataset(x, y), {.batch_size = 4});
  static_assert(std::ranges::input_range<decltype(loader)>);
  CHECK(loader.size() == 3);
  int64_t at = 0;
  for (auto [rows, labels] : loader) {
    const int64_t end = std::min<int64_t>(at + 4, 10);
    CHECK(rows.equal(x(slice(at, end))));
    CHECK(labels.equal(y(slice(at, end))));
    rows.zero_();  // a copy, whatever the order
    at = end;
  }
  CHECK(at == 10);
  CHECK_FALSE(any(x == 0).item<bool>());

  // Two epochs at once, and one that outlives its loader.
  auto first = loader.begin();
  auto second = DataLoader(loader.dataset(), {.batch_size = 5, .prefetch = 2}).begin();
  ++first;
  CHECK((*first)[1].equal(tensor({4, 5, 6, 7})));
  CHECK((*second)[1].equal(tensor({0, 1, 2, 3, 4})));
  ++second;
  CHECK((*second)[1].equal(tensor({5, 6, 7, 8, 9})));
  ++second;
  CHECK(second == std::default_sentinel);
  CHECK_THROWS_AS(*second, Error);
  ++second;
  CHECK(second == std::default_sentinel);
  CHECK(decltype(second)() == std::default_sentinel);
}

TEST_CASE("DataLoader: datasets and batches of all kinds", "[data][loader]") {
  struct Pairs {
    int64_t size() const { return 5; }
    std::pair<Tensor, double> get(int64_t i) const { return {full({2}, i), 0.5 * double(i)}; }
  };
  for (const int64_t prefetch : {0, 2}) {
    int64_t seen = 0;
    for (auto [x, y] : DataLoader(Pairs(), {.batch_size = 2, .prefetch = prefetch})) {
      CHECK(x.shape() == Shape{std::min<int64_t>(2, 5 - seen), 2});
      CHECK(y.dtype() == float64);
      CHECK(x(all, 0).to(float64).mul(0.5).equal(y));
      seen += y.numel();
    }
    CHECK(seen == 5);

    const auto sum = [](const std::vector<int64_t>& examples) {
      int64_t total = 0;
      for (const int64_t i : examples) total += i;
      return total;
    };
    std::vector<int64_t> sums;
    for (const int64_t total : DataLoader(Count{7}, {.batch_size = 3, .prefetch = prefetch}, sum))
      sums.push_back(total);
    CHECK(sums == std::vector<int64_t>{3, 12, 6});
  }

  // A collate of the caller's gets single examples, also where whole batches could be had.
  const auto count = [](const std::vector<std::array<Tensor, 1>>& examples) {
    return examples.size();
  };
  std::vector<size_t> sizes;
  for (const size_t size : DataLoader(TensorDataset(arange(5)), {.batch_size = 3}, count))
    sizes.push_back(size);
  CHECK(sizes == std::vector<size_t>{3, 2});

  // The size of a shared dataset may change between epochs.
  const auto shared = std::make_shared<Count>(Count{4});
  const DataLoader loader(shared, {.batch_size = 2, .shuffle = true});
  CHECK(batches_of(loader).size() == 2);
  shared->count = 7;
  CHECK(loader.size() == 4);
  CHECK(batches_of(loader).size() == 4);
  shared->count = 0;
  CHECK_THROWS_AS(loader.begin(), ValueError);

  auto [train, test] = data::random_split(TensorDataset(arange(10)), {0.8, 0.2}, &manual_seed(0));
  CHECK(batches_of(DataLoader(train, {.batch_size = 8})) == json({train.indices()}));
  CHECK(batches_of(DataLoader(test, {.batch_size = 8})) == json({test.indices()}));
}

TEST_CASE("DataLoader: the same numbers with meta as the default device", "[data][loader]") {
  manual_seed(3);
  const DataLoader loader(TensorDataset(arange(9)), {.batch_size = 4, .shuffle = true});
  const json expected = batches_of(loader);
  manual_seed(3);
  const DeviceGuard guard(meta);
  CHECK(batches_of(loader) == expected);
}
