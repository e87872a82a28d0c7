/// \file
/// DataLoader: the batches of a dataset, in order or shuffled as PyTorch shuffles them; as
/// torch.utils.data.DataLoader (https://pytorch.org/docs/stable/data.html).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "wick/callback.h"
#include "wick/data/collate.h"
#include "wick/data/dataset.h"
#include "wick/export.h"
#include "wick/random.h"
#include "wick/tensor.h"

namespace wick::data {

/// How a DataLoader makes batches.
struct DataLoaderOptions {
  int64_t batch_size = 1;
  bool shuffle = false;    ///< a new order in each epoch
  bool drop_last = false;  ///< leave out a last batch that is not full
  /// Where the order comes from; the default generator if none is given. As everywhere, a copy of a
  /// Generator goes on with the same stream.
  std::optional<Generator> generator = {};
  /// So many batches are made ahead on a thread of their own while the caller works. With 0 each is
  /// made when it is asked for.
  int64_t prefetch = 0;
};

/// Makes batches with default_collate, or, where the dataset has it, with `get_batch`.
struct DefaultCollate {
  template <class Example>
  auto operator()(std::vector<Example> examples) const {
    return default_collate(std::move(examples));
  }
};

namespace detail {

/// Which examples make up which batch of one epoch. Draws what PyTorch draws, when PyTorch does.
class WICK_API BatchOrder {
 public:
  BatchOrder(int64_t size, const DataLoaderOptions& options);
  int64_t batches() const { return batches_; }
  /// The indices in a batch: int64 [batch size].
  Tensor indices(int64_t batch) const;
  /// To be called before a batch, or the end, is reached.
  void reach(int64_t batch);

 private:
  int64_t size_;
  int64_t batches_;
  int64_t batch_size_;
  bool drop_last_;
  std::optional<Generator> generator_;  // if one was given to shuffle with
  Tensor order_;                        // undefined if in order
};

/// Throws ValueError, as PyTorch does.
WICK_API void check_options(int64_t size, const DataLoaderOptions& options);
/// The number of batches.
WICK_API int64_t count_batches(int64_t size, const DataLoaderOptions& options);

/// Calls make(0), make(1), .. one after the other, up to make(count - 1): on a thread, up to
/// `ahead` of them before they are asked for; here, if that is 0. What is made ahead is made with
/// the gradient mode and the default device of the thread that made the Prefetcher.
class WICK_API Prefetcher {
 public:
  using Make = Callback<std::shared_ptr<void>(int64_t)>;
  Prefetcher(int64_t count, int64_t ahead, Make make);
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;
  /// Waits for a make that is under way; those that follow are not called.
  ~Prefetcher();
  /// What the next make gave; throws what it threw.
  std::shared_ptr<void> next();

 private:
  struct Worker;
  Make make_;
  int64_t next_ = 0;
  std::unique_ptr<Worker> worker_;
};

/// One epoch under way.
class WICK_API Epoch {
 public:
  Epoch(BatchOrder order, int64_t ahead, Prefetcher::Make make);
  /// Goes on to the next batch or the end.
  void advance();
  bool at_end() const { return at_ >= order_.batches(); }
  /// Throws Error if there is no batch: at the end, or where making it failed.
  void* batch() const;

 private:
  BatchOrder order_;
  Prefetcher prefetcher_;
  int64_t at_ = -1;
  std::shared_ptr<void> batch_;
};

/// The batch of the examples that `indices` names.
template <Dataset D, class Collate>
auto make_batch(const D& dataset, const Collate& collate, const Tensor& indices) {
  if constexpr (BatchedDataset<D> && std::is_same_v<Collate, DefaultCollate>) {
    return dataset.get_batch(indices);
  } else {
    std::vector<ExampleOf<D>> examples;
    examples.reserve(static_cast<size_t>(indices.numel()));
    for (const int64_t index : indices.span<const int64_t>())
      examples.push_back(dataset.get(index));
    return collate(std::move(examples));
  }
}

}  // namespace detail

/// The examples of a dataset in batches, an epoch for each time that it is iterated over.
///
///     data::DataLoader loader{data::TensorDataset(x, y), {.batch_size = 32, .shuffle = true}};
///     for (int epoch = 0; epoch < 10; ++epoch)
///       for (auto [images, labels] : loader) train(images, labels);
///
/// The order of a shuffled epoch is PyTorch's for the same seed, bit for bit, and so is the state
/// of the generators at each step: every epoch draws a number (PyTorch's seed for workers) from the
/// generator, then from the default generator the seed of a permutation, or from a generator that
/// was given, the permutation itself and, at its end, another that is not used.
///
/// Batches are made by `collate(examples)`, a function of a std::vector of examples (PyTorch's
/// collate_fn); default_collate, unless another is given:
///
///     data::DataLoader loader{dataset, {.batch_size = 8}, [](std::vector<Sentence> s) { .. }};
///
/// With `prefetch` the batches are the same, and what a dataset throws arrives where its batch
/// would have: at begin() or ++. Iterating may go on with the next batch. `get` is then called on
/// another thread, one call at a time, with operations limited to that thread; a dataset that uses
/// random numbers needs a generator of its own to be reproducible. An epoch that is left half way
/// is over when its last iterator is destroyed, which waits for a batch that is being made.
template <Dataset D, class Collate = DefaultCollate>
class DataLoader {
 public:
  /// What `get_batch` or `collate` gives.
  using Batch = decltype(detail::make_batch(std::declval<const D&>(),
                                            std::declval<const Collate&>(), Tensor()));

  /// `dataset`: a D or a std::shared_ptr to one. Throws ValueError if batch_size is not positive,
  /// prefetch negative, or the dataset empty and to be shuffled.
  template <DatasetSource Source>
  requires std::same_as<DatasetIn<Source>, D>
  explicit DataLoader(Source dataset, DataLoaderOptions options = {}, Collate collate = {})
      : dataset_(detail::hold(std::move(dataset))),
        options_(std::move(options)),
        collate_(std::move(collate)) {
    detail::check_options(dataset_->size(), options_);
  }

  /// The number of batches in an epoch.
  int64_t size() const { return detail::count_batches(dataset_->size(), options_); }
  const D& dataset() const { return *dataset_; }
  const DataLoaderOptions& options() const { return options_; }

  /// Walks over one epoch, once: copies of an iterator move on together. It keeps all it needs, the
  /// loader may go first.
  class Iterator {
   public:
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(std::shared_ptr<detail::Epoch> epoch) : epoch_(std::move(epoch)) {}

    /// The batch, until ++. Throws Error at the end and after a ++ that threw.
    Batch& operator*() const { return *static_cast<Batch*>(epoch_->batch()); }
    Batch* operator->() const { return &**this; }
    /// Throws what the dataset and collate throw; may be called again then.
    Iterator& operator++() {
      epoch_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) {
      return !it.epoch_ || it.epoch_->at_end();
    }

   private:
    std::shared_ptr<detail::Epoch> epoch_;
  };

  /// Starts an epoch and makes its first batch; throws what the dataset and collate throw.
  Iterator begin() const {
    detail::check_options(dataset_->size(), options_);
    const detail::BatchOrder order(dataset_->size(), options_);
    auto epoch = std::make_shared<detail::Epoch>(
        order, options_.prefetch,
        [order, dataset = dataset_, collate = collate_](int64_t batch) -> std::shared_ptr<void> {
          return std::make_shared<Batch>(
              detail::make_batch(*dataset, collate, order.indices(batch)));
        });
    epoch->advance();
    return Iterator(std::move(epoch));
  }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::shared_ptr<const D> dataset_;
  DataLoaderOptions options_;
  Collate collate_;
};
template <DatasetSource Source, class Collate = DefaultCollate>
DataLoader(Source, DataLoaderOptions = {}, Collate = {}) -> DataLoader<DatasetIn<Source>, Collate>;

}  // namespace wick::data
