// Random numbers. Each primitive draws from its generator, the default one where it has none; the
// streams themselves are kernels/random/random.h. Calls cannot be left out, repeated or put in
// another order: what the next one draws depends on it. Generators outlive the notes of a trace.
#pragma once

#include "compute/primitive.h"
#include "wick/random.h"

namespace wick::compute {

/// out, of a floating dtype: uniform in [from, to).
struct Uniform {
  static constexpr std::string_view name = "uniform";
  double from, to;
  Generator* generator;
  void operator()(const Tensor& out) const;
};

/// out, of a floating dtype: normal. As in PyTorch, the stream is another one where out is not
/// contiguous.
struct Normal {
  static constexpr std::string_view name = "normal";
  double mean, std;
  Generator* generator;
  void operator()(const Tensor& out) const;
};

/// out, of any dtype: 1 with probability p, else 0.
struct Bernoulli {
  static constexpr std::string_view name = "bernoulli";
  double p;
  Generator* generator;
  void operator()(const Tensor& out) const;
};

/// The same with a probability for each element: p has the shape and the floating dtype of out,
/// which is contiguous. Throws ValueError for one outside [0, 1].
struct BernoulliEach {
  static constexpr std::string_view name = "bernoulli_each";
  Generator* generator;
  void operator()(const Tensor& out, const Tensor& p) const;
};

/// out, of any dtype: integers from `low`, `range` many; 0 stands for 2^64.
struct RandomIntegers {
  static constexpr std::string_view name = "random_integers";
  int64_t low;
  uint64_t range;
  Generator* generator;
  void operator()(const Tensor& out) const;
};

/// out, of any dtype: any of the numbers from 0 that the dtype counts exactly.
struct RandomNumbers {
  static constexpr std::string_view name = "random_numbers";
  Generator* generator;
  void operator()(const Tensor& out) const;
};

/// out, of any dtype but bool that has them: 0, 1, 2, ... in random order.
struct Permutation {
  static constexpr std::string_view name = "permutation";
  Generator* generator;
  void operator()(const Tensor& out) const;
};

/// out, of a floating dtype: exponential with this rate.
struct Exponential {
  static constexpr std::string_view name = "exponential";
  double rate;
  Generator* generator;
  void operator()(const Tensor& out) const;
};

/// out, floating and contiguous: what dropout, with 0 < p < 1, multiplies by, which is 0 with
/// probability p, else 1 / (1 - p).
struct DropoutMask {
  static constexpr std::string_view name = "dropout_mask";
  double p;
  Generator* generator;
  void operator()(const Tensor& out) const;
};

/// out = x * such a mask; both contiguous, of one shape and floating dtype. out may be x. `kept`,
/// unless it is undefined, gets a bit for each element, 1 where it is kept: uint8 [(n + 7) / 8].
struct Dropout {
  static constexpr std::string_view name = "dropout";
  static constexpr size_t outputs = 2;
  double p;
  Generator* generator;
  void operator()(const Tensor& out, const Tensor& kept, const Tensor& x) const;
};

/// out = x * the mask that `kept` tells of, without drawing: dropout's derivative. x may be strided
/// and has the shape and dtype of out, which is contiguous.
struct DropoutApply {
  static constexpr std::string_view name = "dropout_apply";
  double p;
  void operator()(const Tensor& out, const Tensor& x, const Tensor& kept) const;
};

}  // namespace wick::compute
