/// \file
/// Datasets: what a DataLoader takes batches from; as in torch.utils.data
/// (https://pytorch.org/docs/stable/data.html).
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "wick/export.h"
#include "wick/random.h"
#include "wick/tensor.h"

namespace wick::data {

/// Anything with a number of examples and a way to get one of them: `size()` and `get(index)`, both
/// const. An example is whatever default_collate can make batches of: a Tensor, a number, a
/// std::string, or a std::pair, std::tuple, std::array or plain struct of such; or anything else,
/// if the DataLoader is given a function that makes batches of it.
///
///     struct Squares {
///       int64_t size() const { return 100; }
///       std::pair<wick::Tensor, wick::Tensor> get(int64_t i) const {
///         return {wick::tensor({1. * i}), wick::tensor({1. * i * i})};
///       }
///     };
///
/// A dataset is a value. Subset, ConcatDataset and DataLoader keep what they are given: a copy, or
/// what was moved in, or, to share one, a std::shared_ptr to it.
template <class D>
concept Dataset = requires(const D& dataset, int64_t index) {
  { dataset.size() } -> std::convertible_to<int64_t>;
  dataset.get(index);
};

/// What `get` gives.
template <Dataset D>
using ExampleOf = std::remove_cvref_t<decltype(std::declval<const D&>().get(int64_t{}))>;

/// A dataset that can get many examples at once: `get_batch(indices)`, with an int64 tensor, gives
/// what collating the single examples would. A DataLoader then calls that (PyTorch's
/// `__getitems__`).
template <class D>
concept BatchedDataset = Dataset<D> && requires(const D& dataset, const Tensor& indices) {
  dataset.get_batch(indices);
};

namespace detail {
template <class T>
struct Held {
  using type = T;
};
template <class T>
struct Held<std::shared_ptr<T>> {
  using type = std::remove_const_t<T>;
};

WICK_API void check_same_len(const Tensor& first, const Tensor& other);
/// `indices[index]` as in Python; throws IndexError.
WICK_API int64_t index_at(const std::vector<int64_t>& indices, int64_t index);
WICK_API Tensor indices_at(const std::vector<int64_t>& indices, const Tensor& index);
/// Which of the parts that end at `ends` an index falls into, and where in there.
WICK_API std::pair<size_t, int64_t> part_at(const std::vector<int64_t>& ends, int64_t index);
[[noreturn]] WICK_API void fail_no_datasets();
[[noreturn]] WICK_API void fail_no_dataset();

/// The indices of each part of a random split.
WICK_API std::vector<std::vector<int64_t>> split_indices(int64_t size,
                                                         const std::vector<int64_t>& lengths,
                                                         Generator* generator);
WICK_API std::vector<std::vector<int64_t>> split_indices(int64_t size,
                                                         const std::vector<double>& fractions,
                                                         Generator* generator);

/// What a std::shared_ptr points to is shared, anything else is moved in.
template <class T>
std::shared_ptr<const typename Held<T>::type> hold(T source) {
  if constexpr (std::is_same_v<T, typename Held<T>::type>) {
    return std::make_shared<const T>(std::move(source));
  } else {
    if (!source) fail_no_dataset();
    return source;
  }
}
}  // namespace detail

/// A dataset, or a std::shared_ptr to one.
template <class T>
concept DatasetSource = Dataset<typename detail::Held<T>::type>;
template <DatasetSource T>
using DatasetIn = typename detail::Held<T>::type;

/// Tensors whose first dimension counts the examples: example i is `{x[i], y[i], ..}`
/// (torch.utils.data.TensorDataset).
///
///     TensorDataset dataset(x, y);
///     auto [image, label] = dataset.get(0);
///     TensorDataset saved(io::load_npy("x.npy"), io::load_npy("y.npy"));
///
/// It holds the tensors, not copies of them; what a DataLoader gives are copies.
template <size_t N>
class TensorDataset {
 public:
  /// Throws ShapeError if the tensors differ in the size of dimension 0, IndexError if one has no
  /// dimension.
  template <std::convertible_to<Tensor>... T>
  requires(N > 0 && sizeof...(T) == N) explicit TensorDataset(const T&... tensors)
      : tensors_{Tensor(tensors)...} {
    for (const Tensor& tensor : tensors_) detail::check_same_len(tensors_[0], tensor);
  }

  int64_t size() const { return tensors_[0].size(0); }
  /// Views of row `index`, which counts from the end if it is negative; throws IndexError.
  std::array<Tensor, N> get(int64_t index) const {
    return each([&](const Tensor& x) { return x.select(0, index); });
  }
  /// Copies of the rows that `indices` names, in one step; throws IndexError.
  std::array<Tensor, N> get_batch(const Tensor& indices) const {
    return each([&](const Tensor& x) { return x.index_select(0, indices); });
  }
  /// The tensors as they were given.
  const std::array<Tensor, N>& tensors() const { return tensors_; }

 private:
  template <class F>
  std::array<Tensor, N> each(const F& f) const {
    std::array<Tensor, N> result;
    for (size_t i = 0; i < N; ++i) result[i] = f(tensors_[i]);
    return result;
  }

  std::array<Tensor, N> tensors_;
};
template <std::convertible_to<Tensor>... T>
TensorDataset(const T&...) -> TensorDataset<sizeof...(T)>;

/// The examples of a dataset that `indices` names, in that order (torch.utils.data.Subset).
template <Dataset D>
class Subset {
 public:
  /// `dataset`: a D or a std::shared_ptr to one.
  template <DatasetSource Source>
  requires std::same_as<DatasetIn<Source>, D> Subset(Source dataset, std::vector<int64_t> indices)
      : dataset_(detail::hold(std::move(dataset))), indices_(std::move(indices)) {}

  int64_t size() const { return static_cast<int64_t>(indices_.size()); }
  /// Example `indices()[index]` of the dataset; throws IndexError.
  auto get(int64_t index) const { return dataset_->get(detail::index_at(indices_, index)); }
  auto get_batch(const Tensor& index) const requires BatchedDataset<D> {
    return dataset_->get_batch(detail::indices_at(indices_, index));
  }

  const D& dataset() const { return *dataset_; }
  const std::vector<int64_t>& indices() const { return indices_; }

 private:
  std::shared_ptr<const D> dataset_;
  std::vector<int64_t> indices_;
};
template <DatasetSource Source>
Subset(Source, std::vector<int64_t>) -> Subset<DatasetIn<Source>>;

/// Datasets of one type, one after the other (torch.utils.data.ConcatDataset).
template <Dataset D>
class ConcatDataset {
 public:
  /// Throws ValueError if there are none.
  explicit ConcatDataset(std::vector<D> datasets) : datasets_(std::move(datasets)) {
    if (datasets_.empty()) detail::fail_no_datasets();
    int64_t end = 0;
    for (const D& dataset : datasets_) ends_.push_back(end += dataset.size());
  }

  int64_t size() const { return ends_.back(); }
  /// Throws IndexError, or, as PyTorch does for negative indices, ValueError.
  auto get(int64_t index) const {
    const auto [part, inside] = detail::part_at(ends_, index);
    return datasets_[part].get(inside);
  }

  const std::vector<D>& datasets() const { return datasets_; }

 private:
  std::vector<D> datasets_;
  std::vector<int64_t> ends_;
};

/// Cuts a dataset into parts that do not overlap, at random: torch.utils.data.random_split, with
/// the same parts for the same seed.
///
///     auto [train, test] = random_split(dataset, {0.8, 0.2});
///     auto [first, second] = random_split(dataset, {1500, 297}, &generator);
///
/// Lengths have to sum to dataset.size(). Fractions have to sum to 1 (nearly, and not to more),
/// each in [0, 1]: a part gets floor(size * fraction) examples, and those that are left go to the
/// parts one by one from the first on. As in PyTorch, lengths that sum to 1 are fractions. The
/// parts are consecutive pieces of `randperm(size)` from `generator`, or from the default one.
/// Throws ValueError; nothing is drawn then. The parts share one copy of the dataset.
template <DatasetSource Source, class Length>
requires std::is_arithmetic_v<Length> std::vector<Subset<DatasetIn<Source>>> random_split(
    Source dataset, const std::vector<Length>& lengths, Generator* generator = nullptr) {
  using Number = std::conditional_t<std::is_integral_v<Length>, int64_t, double>;
  const std::vector<Number> numbers(lengths.begin(), lengths.end());
  const auto held = detail::hold(std::move(dataset));
  std::vector<Subset<DatasetIn<Source>>> parts;
  for (auto& indices : detail::split_indices(held->size(), numbers, generator))
    parts.emplace_back(held, std::move(indices));
  return parts;
}
template <DatasetSource Source, class Length, size_t N>
requires std::is_arithmetic_v<Length> std::array<Subset<DatasetIn<Source>>, N> random_split(
    Source dataset, const Length (&lengths)[N], Generator* generator = nullptr) {
  auto parts =
      data::random_split(std::move(dataset), std::vector<Length>(lengths, lengths + N), generator);
  return [&]<size_t... Position>(std::index_sequence<Position...>) {
    return std::array<Subset<DatasetIn<Source>>, N>{std::move(parts[Position])...};
  }
  (std::make_index_sequence<N>());
}

}  // namespace wick::data
