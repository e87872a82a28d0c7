// PyTorch's CPU random streams on raw memory, bit for bit (measured against PyTorch 1.13).
// Whoever calls holds the generator's lock. n <= 0 draws nothing.
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

/// Runs work(context) on up to `most` threads at once and returns when all have finished. What the
/// functions below draw does not depend on it; with nullptr they are serial.
using Team = void (*)(int64_t most, void (*work)(const void* context), const void* context);

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
void fill_uniform(RandomState& state, T* out, int64_t n, double lo, double hi, Team team = nullptr);

/// What normal_ puts into contiguous memory: pairs of blocks for n >= 16, else one by one.
/// T: float, double, Half, BFloat16.
template <class T>
void fill_normal(RandomState& state, T* out, int64_t n, double mean, double std,
                 Team team = nullptr);

/// What normal_ puts into memory that is not contiguous, in its memory order: one by one, in
/// double, the second number of each Box-Muller pair kept for the next call. T as for fill_normal.
template <class T>
void fill_normal_one_by_one(RandomState& state, T* out, int64_t n, double mean, double std);

/// 1 with probability p, else 0; two outputs an element whatever T is. T: any element type.
template <class T>
void fill_bernoulli(RandomState& state, T* out, int64_t n, double p, Team team = nullptr);

/// 1 with probability p[i], else 0; one output an element, two for P = double.
/// T: any element type. P: float, double, Half, BFloat16.
template <class T, class P>
void fill_bernoulli_each(RandomState& state, T* out, const P* p, int64_t n, Team team = nullptr);

/// random_(): every value that T counts exactly, from 0: [0, max] for integers, [0, 2^digits] for
/// floating-point types. T: any element type.
template <class T>
void fill_random(RandomState& state, T* out, int64_t n, Team team = nullptr);

/// randint: base + output % range, with 64-bit outputs when range >= 2^32 (the bias of the modulo
/// is PyTorch's too). range 0 means 2^64. T: any element type.
template <class T>
void fill_random_range(RandomState& state, T* out, int64_t n, uint64_t range, int64_t base,
                       Team team = nullptr);

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
void fill_exponential(RandomState& state, T* out, int64_t n, double lambda, Team team = nullptr);

/// What dropout with 0 < p < 1 multiplies the elements by that it keeps: 1 / (1 - p), divided in T.
/// T: float, double, Half, BFloat16.
template <class T>
T dropout_factor(double p);

/// Dropout's factors for 0 < p < 1: dropout_factor with probability 1 - p, else 0.
/// This is the mask of PyTorch builds without MKL. T: float, double, Half, BFloat16.
template <class T>
void fill_dropout_mask(RandomState& state, T* out, int64_t n, double p, Team team = nullptr);

/// y = x * mask, with the mask of fill_dropout_mask. What was kept is noted in (n + 7) / 8 bytes,
/// element i as bit i % 8 of byte i / 8, unless `kept` is null. y may be x.
template <class T>
void fill_dropout(RandomState& state, T* y, const T* x, int64_t n, double p, uint8_t* kept,
                  Team team = nullptr);

/// out = x * mask, with a mask that fill_dropout noted: its derivative. Serial. out may be x.
template <class T>
void apply_dropout(T* out, const T* x, const uint8_t* kept, int64_t n, T factor);

}  // namespace wick::kernels
