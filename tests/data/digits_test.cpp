// The handwritten digits that come with the examples.
#include <numeric>

#include "catch.h"
#include "golden_path.h"
#include "io/temporary_folder.h"
#include "wick/data/csv.h"
#include "wick/data/data_loader.h"
#include "wick/io/npy.h"
#include "wick/ops.h"

using namespace wick;

TEST_CASE("digits.csv is what scikit-learn has", "[data][csv][digits]") {
  const Tensor digits = data::read_csv(golden_path("../../examples/data/digits.csv"));
  REQUIRE(digits.shape() == Shape{1797, 65});
  CHECK(digits.dtype() == float32);

  // Counted by Python.
  const std::vector<int64_t> values = digits.to_vector<int64_t>();
  int64_t sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += values[i] * static_cast<int64_t>(i % 1009 + 1);
  CHECK(std::accumulate(values.begin(), values.end(), int64_t{0}) == 569788);
  CHECK(sum == 286892753);

  const Tensor labels = digits(all, 64);
  std::vector<int64_t> counts;
  for (int digit = 0; digit < 10; ++digit)
    counts.push_back((labels == digit).sum().item<int64_t>());
  CHECK(counts == std::vector<int64_t>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180});
  CHECK(digits.amin().item<int64_t>() == 0);
  CHECK(digits.amax().item<int64_t>() == 16);
}

TEST_CASE("digits.csv in batches, from CSV and from .npy", "[data][csv][digits]") {
  const Tensor table = data::read_csv(golden_path("../../examples/data/digits.csv"));
  const data::TensorDataset digits(table(all, slice(0, 64)), table(all, 64).to(int64));
  const TemporaryFolder folder;
  io::save_npy(folder / "x.npy", digits.tensors()[0]);
  io::save_npy(folder / "y.npy", digits.tensors()[1]);
  const data::TensorDataset saved(io::load_npy(folder / "x.npy"), io::load_npy(folder / "y.npy"));

  manual_seed(1);
  auto [train, test] = data::random_split(digits, {0.8, 0.2});
  CHECK(train.size() == 1438);
  CHECK(test.size() == 359);
  const data::DataLoader one(digits,
                             {.batch_size = 64, .shuffle = true, .generator = Generator(3)});
  const data::DataLoader two(saved, {.batch_size = 64, .shuffle = true, .generator = Generator(3)});
  auto other = two.begin();
  int64_t seen = 0;
  for (const auto& [images, labels] : one) {
    const auto& [same_images, same_labels] = *other;
    CHECK(images.shape() == Shape{std::min<int64_t>(64, 1797 - seen), 64});
    CHECK((images.equal(same_images) && labels.equal(same_labels)));
    seen += labels.numel();
    ++other;
  }
  CHECK(seen == 1797);
  CHECK(other == two.end());
}
