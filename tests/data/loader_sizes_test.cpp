// DataLoader: batches that fit, nearly fit and do not fit; orders; iterators.
#include <algorithm>
#include <set>
#include <vector>

#include "catch.h"
#include "wick/autograd.h"
#include "wick/data/data_loader.h"
#include "wick/error.h"
#include "wick/format.h"
#include "wick/ops.h"

using namespace wick;
using data::DataLoader;
using data::DataLoaderOptions;
using data::TensorDataset;
using Numbers = std::vector<int64_t>;

namespace {

/// Example i is i, one at a time.
struct Count {
  int64_t count;
  int64_t size() const { return count; }
  int64_t get(int64_t index) const { return index; }
};

template <class Loader>
std::vector<Numbers> epoch(const Loader& loader) {
  std::vector<Numbers> batches;
  for (const auto& batch : loader) {
    if constexpr (std::same_as<typename Loader::Batch, Tensor>)
      batches.push_back(batch.template to_vector<int64_t>());
    else
      batches.push_back(batch[0].template to_vector<int64_t>());
  }
  CHECK(static_cast<int64_t>(batches.size()) == loader.size());
  return batches;
}

Numbers joined(const std::vector<Numbers>& batches) {
  Numbers met;
  for (const Numbers& batch : batches) met.insert(met.end(), batch.begin(), batch.end());
  return met;
}

Numbers sizes(const std::vector<Numbers>& batches) {
  Numbers met;
  for (const Numbers& batch : batches) met.push_back(static_cast<int64_t>(batch.size()));
  return met;
}

}  // namespace

TEST_CASE("DataLoader: batch sizes of 1, n - 1, n, n + 1, with and without the last one",
          "[data][loader]") {
  struct Case {
    int64_t batch_size;
    Numbers kept, dropped;
  };
  const Case cases[] = {{1, {1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}},
                        {2, {2, 2, 2}, {2, 2, 2}},
                        {4, {4, 2}, {4}},
                        {5, {5, 1}, {5}},
                        {6, {6}, {6}},
                        {7, {6}, {}},
                        {INT64_MAX, {6}, {}}};
  for (const Case& c : cases)
    for (const bool shuffle : {false, true})
      for (const bool own : {false, true})
        for (const int64_t prefetch : {0, 1, 9}) {
          CAPTURE(c.batch_size, shuffle, own, prefetch);
          DataLoaderOptions options{
              .batch_size = c.batch_size, .shuffle = shuffle, .prefetch = prefetch};
          if (own) options.generator = Generator(3);
          const auto kept = epoch(DataLoader(Count{6}, options));
          CHECK(sizes(kept) == c.kept);
          Numbers met = joined(kept);
          if (!shuffle) CHECK(met == Numbers{0, 1, 2, 3, 4, 5});
          std::sort(met.begin(), met.end());
          CHECK(met == Numbers{0, 1, 2, 3, 4, 5});
          options.drop_last = true;
          const auto dropped = epoch(DataLoader(Count{6}, options));
          CHECK(sizes(dropped) == c.dropped);
          const Numbers part = joined(dropped);
          CHECK(std::set<int64_t>(part.begin(), part.end()).size() == part.size());
          if (!shuffle)
            CHECK(std::equal(part.begin(), part.end(), Numbers{0, 1, 2, 3, 4, 5}.begin()));
          // The same of a dataset that gets whole batches.
          const auto whole = epoch(DataLoader(TensorDataset(arange(6)), options));
          CHECK(sizes(whole) == c.dropped);
        }
}

TEST_CASE("DataLoader: a shuffled epoch is another order each time, from the seed on",
          "[data][loader]") {
  const DataLoader loader(Count{50}, {.batch_size = 8, .shuffle = true});
  manual_seed(1);
  const Numbers first = joined(epoch(loader)), second = joined(epoch(loader));
  CHECK(first != second);
  manual_seed(1);
  CHECK(joined(epoch(loader)) == first);
  CHECK(joined(epoch(loader)) == second);
  // The order does not depend on how it is cut, nor on when batches are made.
  for (const int64_t batch_size : {1, 7, 50, 60})
    for (const int64_t prefetch : {0, 3}) {
      const DataLoader other(Count{50},
                             {.batch_size = batch_size, .shuffle = true, .prefetch = prefetch});
      manual_seed(1);
      CHECK(joined(epoch(other)) == first);
      CHECK(joined(epoch(other)) == second);
    }
  // With a generator of its own the default one has no say in it.
  const auto own = [](int64_t seed) {
    manual_seed(seed);
    const DataLoader with(Count{50}, {.batch_size = 8, .shuffle = true, .generator = Generator(5)});
    return joined(epoch(with));
  };
  CHECK(own(1) == own(2));
}

TEST_CASE("DataLoader: options are checked, when it is made and when an epoch begins",
          "[data][loader]") {
  for (const int64_t bad : {int64_t{0}, int64_t{-1}, INT64_MIN})
    CHECK_THROWS_WITH(
        DataLoader(Count{3}, {.batch_size = bad}),
        fmt::format("batch_size should be a positive integer value, but got batch_size={}", bad));
  CHECK_THROWS_AS(DataLoader(Count{3}, {.prefetch = -1}), ValueError);
  CHECK_NOTHROW(DataLoader(Count{3}, {.prefetch = 0}));
  CHECK_THROWS_WITH(DataLoader(Count{0}, {.shuffle = true}),
                    "num_samples should be a positive integer value, but got num_samples=0");
  CHECK_NOTHROW(DataLoader(Count{1}, {.shuffle = true}));
  // In order, an empty dataset has no batches.
  const DataLoader nothing(Count{0}, {.batch_size = 4});
  CHECK(nothing.size() == 0);
  CHECK(nothing.begin() == nothing.end());
  CHECK(epoch(nothing).empty());
  CHECK(epoch(DataLoader(Count{1}, {.batch_size = 4, .shuffle = true})) ==
        std::vector<Numbers>{{0}});
  // A dataset that shrinks in between.
  const auto shared = std::make_shared<Count>(Count{4});
  const DataLoader loader(shared, {.batch_size = 2, .shuffle = true});
  CHECK(loader.size() == 2);
  shared->count = 0;
  CHECK_THROWS_AS(loader.begin(), ValueError);
  shared->count = 5;
  CHECK(loader.size() == 3);
  CHECK(epoch(loader).size() == 3);
  CHECK(loader.options().batch_size == 2);
  CHECK(&loader.dataset() == shared.get());
}

TEST_CASE("DataLoader: iterators walk over one epoch together", "[data][loader]") {
  using Loader = DataLoader<Count>;
  std::optional<Loader> loader;
  loader.emplace(Count{5}, DataLoaderOptions{.batch_size = 2});
  auto it = loader->begin();
  const auto copy = it;
  loader.reset();  // it keeps all it needs
  CHECK(equal(*it, tensor({0, 1})));
  CHECK(equal(*copy, tensor({0, 1})));
  CHECK(it->shape() == Shape{2});
  ++it;
  CHECK(equal(*copy, tensor({2, 3})));
  it++;
  CHECK(equal(*it, tensor({4})));
  CHECK(it != std::default_sentinel);
  ++it;
  CHECK(it == std::default_sentinel);
  CHECK(copy == std::default_sentinel);
  CHECK_THROWS_AS(*it, Error);
  ++it;  // stays at the end
  CHECK(it == std::default_sentinel);
  CHECK_THROWS_WITH(*it, "DataLoader: there is no batch here");
  CHECK(Loader::Iterator() == std::default_sentinel);
  // Batches are made for the caller: what is written into one is in no other, nor in the dataset.
  const Tensor x = zeros({4, 2});
  const TensorDataset dataset(x);
  const DataLoader rows(dataset, {.batch_size = 2});
  for (auto& [batch] : rows) {
    CHECK(equal(batch, zeros({2, 2})));
    batch.fill_(1);
  }
  CHECK(equal(x, zeros({4, 2})));
}

TEST_CASE("DataLoader: batches as a function of one's own makes them", "[data][loader]") {
  const auto sum = [](std::vector<int64_t> examples) {
    int64_t total = 0;
    for (const int64_t e : examples) total += e;
    return total;
  };
  const DataLoader loader(Count{5}, {.batch_size = 2}, sum);
  Numbers sums;
  for (const int64_t s : loader) sums.push_back(s);
  CHECK(sums == Numbers{1, 5, 4});
  // Also of a dataset that has get_batch, which is then not asked.
  const DataLoader tensors(TensorDataset(arange(5)), {.batch_size = 2},
                           [](std::vector<std::array<Tensor, 1>> examples) {
                             return static_cast<int64_t>(examples.size());
                           });
  Numbers counts;
  for (const int64_t c : tensors) counts.push_back(c);
  CHECK(counts == Numbers{2, 2, 1});
}

namespace {

template <size_t N>
struct Fields;
#define WICK_FIELDS(n, ...) \
  template <>               \
  struct Fields<n> {        \
    Tensor __VA_ARGS__;     \
  }
WICK_FIELDS(1, a);
WICK_FIELDS(2, a, b);
WICK_FIELDS(3, a, b, c);
WICK_FIELDS(4, a, b, c, d);
WICK_FIELDS(5, a, b, c, d, e);
WICK_FIELDS(6, a, b, c, d, e, f);
WICK_FIELDS(7, a, b, c, d, e, f, g);
WICK_FIELDS(8, a, b, c, d, e, f, g, h);
#undef WICK_FIELDS

/// Collates two examples of n fields: field k is k and 10 + k.
template <size_t N, size_t... k>
void check_fields_of(std::index_sequence<k...>) {
  CAPTURE(N);
  using Example = Fields<N>;
  std::vector<Example> examples{Example{tensor(static_cast<int64_t>(k))...},
                                Example{tensor(static_cast<int64_t>(10 + k))...}};
  Example batch = data::default_collate(std::move(examples));
  const auto fields = data::detail::fields_of(batch);
  static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(fields)>> == N);
  const auto check = [](const Tensor& field, size_t index) {
    const auto number = static_cast<int64_t>(index);
    CHECK(equal(field, tensor({number, 10 + number})));
  };
  (check(std::get<k>(fields), k), ...);
}

}  // namespace

TEST_CASE("default_collate: structs of one to eight fields", "[data][collate]") {
  check_fields_of<1>(std::make_index_sequence<1>());
  check_fields_of<2>(std::make_index_sequence<2>());
  check_fields_of<3>(std::make_index_sequence<3>());
  check_fields_of<4>(std::make_index_sequence<4>());
  check_fields_of<5>(std::make_index_sequence<5>());
  check_fields_of<6>(std::make_index_sequence<6>());
  check_fields_of<7>(std::make_index_sequence<7>());
  check_fields_of<8>(std::make_index_sequence<8>());
}

TEST_CASE("default_collate: numbers of any width keep their values", "[data][collate]") {
  using data::default_collate;
  CHECK(equal(default_collate(std::vector<int8_t>{-128, 127}), tensor({-128, 127})));
  CHECK(equal(default_collate(std::vector<int64_t>{INT64_MIN, INT64_MAX}),
              tensor({INT64_MIN, INT64_MAX})));
  CHECK(default_collate(std::vector<double>{0.1}).item<double>() == 0.1);
  CHECK(default_collate(std::vector<float>{0.1F}).item<float>() == 0.1F);
  CHECK(equal(default_collate(std::vector<bool>{false, true}), tensor({false, true})));
  CHECK(default_collate(std::vector<std::string>{"", "b"}) == std::vector<std::string>{"", "b"});
  CHECK_THROWS_WITH(default_collate(std::vector<int>()),
                    "default_collate expects at least one example");
  CHECK_THROWS_AS(default_collate(std::vector<std::string>()), ValueError);
  CHECK_THROWS_AS(default_collate(std::vector<std::pair<int, int>>()), ValueError);
  // One example is a batch of one.
  CHECK(default_collate(std::vector{tensor({1., 2.})}).shape() == Shape{1, 2});
}

TEST_CASE("random_split: fractions at their limits, and what is left over", "[data][dataset]") {
  using data::random_split;
  const auto lengths = [](int64_t size, const std::vector<double>& fractions) {
    Numbers result;
    for (const auto& part : random_split(Count{size}, fractions)) result.push_back(part.size());
    return result;
  };
  CHECK(lengths(7, {1.0}) == Numbers{7});
  CHECK(lengths(7, {0.0, 1.0}) == Numbers{0, 7});
  CHECK(lengths(7, {0.5, 0.5}) == Numbers{4, 3});
  CHECK(lengths(11, {0.25, 0.25, 0.25, 0.25}) == Numbers{3, 3, 3, 2});
  CHECK(lengths(3, {0.25, 0.25, 0.25, 0.25}) == Numbers{1, 1, 1, 0});
  CHECK(lengths(0, {0.5, 0.5}) == Numbers{0, 0});
  CHECK(lengths(10, {0.5, 0.5 - 5e-10}) == Numbers{6, 4});  // the floors are 5 and 4
  CHECK_THROWS_AS(lengths(10, {0.5, 0.5 - 4e-9}), ValueError);
  CHECK_THROWS_AS(lengths(10, {0.5, 0.5 + 4e-16}), ValueError);
  CHECK_THROWS_AS(lengths(10, {1.5, -0.5}), ValueError);
  CHECK_THROWS_AS(lengths(10, {-0.5, 1.5}), ValueError);
  CHECK_THROWS_AS(lengths(10, {}), ValueError);
  const auto cut = [](int64_t size, const Numbers& given) {
    Numbers met;
    for (const auto& part : random_split(Count{size}, given))
      met.insert(met.end(), part.indices().begin(), part.indices().end());
    std::sort(met.begin(), met.end());
    return met;
  };
  CHECK(cut(4, {4}) == Numbers{0, 1, 2, 3});
  CHECK(cut(4, {0, 1, 3, 0}) == Numbers{0, 1, 2, 3});
  CHECK(cut(4, {1}) == Numbers{0, 1, 2, 3});  // which is a fraction
  CHECK(cut(0, {0}).empty());
  for (const Numbers& bad : {Numbers{3}, Numbers{5}, Numbers{2, 3}, Numbers{5, -1}, Numbers{}})
    CHECK_THROWS_AS(cut(4, bad), ValueError);
}
