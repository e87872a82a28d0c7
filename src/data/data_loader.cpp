#include "wick/data/data_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "wick/ops.h"

namespace wick::data::detail {
namespace {

const TensorOptions index_options{.dtype = int64, .device = cpu};

/// The number that PyTorch draws as a seed.
int64_t draw_seed(Generator& generator) {
  return empty({}, index_options).random_(&generator).item<int64_t>();
}

}  // namespace

void check_options(int64_t size, const DataLoaderOptions& options) {
  if (options.prefetch < 0) throw ValueError("prefetch option should be non-negative");
  if (options.shuffle && size <= 0)
    throw ValueError(fmt::format(
        "num_samples should be a positive integer value, but got num_samples={}", size));
  if (options.batch_size <= 0)
    throw ValueError(
        fmt::format("batch_size should be a positive integer value, but got batch_size={}",
                    options.batch_size));
}

int64_t count_batches(int64_t size, const DataLoaderOptions& options) {
  const bool remainder = size % options.batch_size != 0 && !options.drop_last;
  return size / options.batch_size + (remainder ? 1 : 0);
}

void check_some(size_t examples) {
  if (examples == 0) throw ValueError("default_collate expects at least one example");
}

BatchOrder::BatchOrder(int64_t size, const DataLoaderOptions& options)
    : size_(size),
      batches_(count_batches(size, options)),
      batch_size_(options.batch_size),
      drop_last_(options.drop_last) {
  Generator generator = options.generator.value_or(default_generator());
  draw_seed(generator);  // PyTorch seeds its worker processes with it
  if (!options.shuffle) return;
  if (options.generator)
    generator_ = generator;
  else
    generator = Generator(draw_seed(generator));
  order_ = randperm(size, index_options, &generator);
}

Tensor BatchOrder::indices(int64_t batch) const {
  const int64_t begin = batch * batch_size_;
  const int64_t length = std::min(batch_size_, size_ - begin);
  if (order_.defined()) return order_.narrow(0, begin, length);
  return arange(begin, begin + length, 1, index_options);
}

void BatchOrder::reach(int64_t batch) {
  // torch's RandomSampler goes on with another permutation, of which nothing is used, when it is
  // asked for more examples than there are: for the rest of a batch that is not full, or the end.
  const bool last_is_short = !drop_last_ && size_ % batch_size_ != 0;
  if (generator_ && batch == (last_is_short ? batches_ - 1 : batches_))
    randperm(size_, index_options, &*generator_);
}

Epoch::Epoch(BatchOrder order, int64_t ahead, Prefetcher::Make make)
    : order_(std::move(order)), prefetcher_(order_.batches(), ahead, std::move(make)) {}

void Epoch::advance() {
  batch_.reset();
  if (at_end()) return;
  order_.reach(++at_);
  if (!at_end()) batch_ = prefetcher_.next();
}

void* Epoch::batch() const {
  if (!batch_) throw Error("DataLoader: there is no batch here");
  return batch_.get();
}

}  // namespace wick::data::detail
