// PyTorch's CPU random streams on raw memory, bit for bit (measured against PyTorch 1.13).
// Serial; whoever calls holds the generator's lock. n <= 0 draws nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "wick/dtype.h"

namespace wick::kernels {

/// 32-bit MT19937 (Matsumoto and Nishimura, 1998) and what a generator keeps besides.
/// The words are made 624 at a time, so that making and tempering them can be vectorised.
struct RandomState {
  static constexpr uint32_t word_count = 624;
  static constexpr uint64_t default_seed = 67280421310721ULL;

  explicit RandomState(uint64_t seed = default_seed);

  std::array<uint32_t, word_count> words;
  uint32_t left = 1;                    // words still to hand out, plus one: PyTorch counts it so
  uint32_t next = 0;                    // index of the next word; next + left - 1 <= word_count
  std::optional<double> cached_normal;  // second half of a Box-Muller pair, before mean and std
  uint64_t initial_seed;
};

uint32_t next_u32(RandomState& state);
/// Two outputs, the first is the high word.
uint64_t next_u64(RandomState& state);
/// 53 random bits * 2^-53: two outputs; never 1.
double canon64(RandomState& state);

/// n times next_u32.
void fill_u32(RandomState& state, uint32_t* out, int64_t n);

/// Uniform in [lo, hi): fma(canon, hi - lo, lo). Rounding can give hi itself, as in PyTorch.
/// T: float, double, Half, BFloat16.
template <class T>
void fill_uniform(RandomState& state, T* out, int64_t n, double lo, double hi);

/// What normal_ puts into contiguous memory: pairs of blocks for n >= 16, else one by one.
/// T: float, double, Half, BFloat16.
template <class T>
void fill_normal(RandomState& state, T* out, int64_t n, double mean, double std);

/// What normal_ puts into memory that is not contiguous, in its memory order: one by one, in
/// double, the second number of each Box-Muller pair kept for the next call. T as for fill_normal.
template <class T>
void fill_normal_one_by_one(RandomState& state, T* out, int64_t n, double mean, double std);

/// 1 with probability p, else 0; two outputs an element whatever T is. T: any element type.
template <class T>
void fill_bernoulli(RandomState& state, T* out, int64_t n, double p);

/// 1 with probability p[i], else 0; one output an element, two for P = double.
/// T: any element type. P: float, double, Half, BFloat16.
template <class T, class P>
void fill_bernoulli_each(RandomState& state, T* out, const P* p, int64_t n);

/// random_(): every value that T counts exactly, from 0: [0, max] for integers, [0, 2^digits] for
/// floating-point types. T: any element type.
template <class T>
void fill_random(RandomState& state, T* out, int64_t n);

/// randint: base + output % range, with 64-bit outputs when range >= 2^32 (the bias of the modulo
/// is PyTorch's too). range 0 means 2^64. T: any element type.
template <class T>
void fill_random_range(RandomState& state, T* out, int64_t n, uint64_t range, int64_t base);

/// For floating-point T, where not every integer exists: the bounds that PyTorch moves `from` and
/// `to` to before it takes the range. The identity for integer T.
template <class T>
int64_t random_from(int64_t from);
template <class T>
int64_t random_to(int64_t to);

/// A permutation of 0..n-1; n - 1 outputs. T: any element type but bool; n must be exact in T.
template <class T>
void fill_permutation(RandomState& state, T* out, int64_t n);

/// Exponential with rate lambda: -1 / lambda * log(1 - canon64). T: float, double, Half, BFloat16.
template <class T>
void fill_exponential(RandomState& state, T* out, int64_t n, double lambda);

/// Dropout's factors for 0 < p < 1: 1 / (1 - p) with probability 1 - p, else 0.
/// This is the mask of PyTorch builds without MKL. T: float, double, Half, BFloat16.
template <class T>
void fill_dropout_mask(RandomState& state, T* out, int64_t n, double p);

}  // namespace wick::kernels
