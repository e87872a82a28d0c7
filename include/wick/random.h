/// \file
/// Random numbers: PyTorch's CPU streams, bit for bit, from the same seeds.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "wick/export.h"
#include "wick/tensor.h"

namespace wick {

namespace core {
struct GeneratorAccess;
struct GeneratorState;
}  // namespace core

/// A source of random numbers: 32-bit MT19937, as torch.Generator on the CPU.
///
/// A handle, like torch.Generator: copies share one stream, `clone()` gives an independent one that
/// goes on from the same place. Every call is safe from any thread; two threads that draw from one
/// generator get different numbers, in an order that depends on the threads.
class WICK_API Generator {
 public:
  /// A generator with PyTorch's default seed, 67280421310721.
  Generator();
  /// A generator that starts at `seed`; see manual_seed.
  template <std::integral Int>
  explicit Generator(Int seed) : Generator() {
    reseed(static_cast<uint64_t>(seed));
  }
  // Declared, so that there is no move: a moved-from generator still works.
  Generator(const Generator&) noexcept;
  Generator& operator=(const Generator&) noexcept;
  ~Generator();

  /// Starts the stream of `seed` and forgets a kept normal number. A negative seed s means 2^64 +
  /// s. As in PyTorch only the low 32 bits decide the stream, so 0 and 2^32 give the same numbers.
  template <std::integral Int>
  Generator& manual_seed(Int seed) {
    return reseed(static_cast<uint64_t>(seed));
  }

  /// The seed that the stream was started from.
  uint64_t initial_seed() const;

  /// Starts from a seed that differs each time (from the operating system) and returns it.
  uint64_t seed();

  /// The whole state: the 5056 bytes of torch.Generator.get_state(), little-endian, so that a state
  /// saved on one side can be restored on the other.
  std::vector<uint8_t> get_state() const;

  /// Restores what get_state() gave, here or in PyTorch. Throws ValueError for any other bytes and
  /// then leaves the generator as it was.
  void set_state(std::span<const uint8_t> bytes);

  /// An independent generator in the same state.
  Generator clone() const;

  /// True if both are handles on one stream.
  friend bool operator==(const Generator& a, const Generator& b) { return a.state_ == b.state_; }

 private:
  friend struct core::GeneratorAccess;
  Generator& reseed(uint64_t seed);

  std::shared_ptr<core::GeneratorState> state_;
};

/// The generator that every random function uses unless it is given another.
WICK_API Generator& default_generator();

/// Seeds the default generator and returns it; see Generator::manual_seed.
template <std::integral Int>
Generator& manual_seed(Int seed) {
  return default_generator().manual_seed(seed);
}

/// Seeds the default generator with a number that differs each time and returns that number.
WICK_API uint64_t seed();

/// The seed that the default generator was started from.
WICK_API uint64_t initial_seed();

// == Random tensors ============================================================================
//
// The same seed gives the numbers of torch on the CPU. Each draws from `generator`, or from the
// default one. Meta tensors and tensors without elements draw nothing. `options` are those of
// zeros(): float32 on the default device unless they say otherwise.

/// Uniform in [0, 1). Throws TypeError for integer dtypes.
///
///     rand({2, 3})
WICK_API Tensor rand(const Shape& shape, const TensorOptions& options = {},
                     Generator* generator = nullptr);
WICK_API Tensor rand(const Shape& shape, DType dtype);
/// Normal, with mean 0 and standard deviation 1. Throws TypeError for integer dtypes.
WICK_API Tensor randn(const Shape& shape, const TensorOptions& options = {},
                      Generator* generator = nullptr);
WICK_API Tensor randn(const Shape& shape, DType dtype);
/// Normal, with mean `mean` and standard deviation `std`. Throws ValueError unless std >= 0.
WICK_API Tensor normal(double mean, double std, const Shape& shape,
                       const TensorOptions& options = {}, Generator* generator = nullptr);
/// Integers in [low, high), low being 0 if not given, as int64 unless `options` say otherwise.
/// Throws ValueError if the range is empty or reaches beyond the dtype.
///
///     randint(10, {2, 3})
///     randint(-5, 5, {2, 3}, int32)
WICK_API Tensor randint(int64_t low, int64_t high, const Shape& shape,
                        const TensorOptions& options = {}, Generator* generator = nullptr);
WICK_API Tensor randint(int64_t low, int64_t high, const Shape& shape, DType dtype);
WICK_API Tensor randint(int64_t high, const Shape& shape, const TensorOptions& options = {},
                        Generator* generator = nullptr);
WICK_API Tensor randint(int64_t high, const Shape& shape, DType dtype);
/// 0 to n - 1 in random order, as int64 unless `options` say otherwise. Throws ValueError if the
/// dtype cannot count to n - 1, TypeError for bool.
WICK_API Tensor randperm(int64_t n, const TensorOptions& options = {},
                         Generator* generator = nullptr);
/// 1 with the probability that stands in p's place, else 0, in p's dtype and shape; row-major.
/// Throws ValueError unless all of p is in [0, 1], TypeError for integer dtypes.
WICK_API Tensor bernoulli(const Tensor& p, Generator* generator = nullptr);

/// rand, randn and randint with the shape, layout, dtype and device of x; `options` go first.
WICK_API Tensor rand_like(const Tensor& x, const TensorOptions& options = {},
                          Generator* generator = nullptr);
WICK_API Tensor randn_like(const Tensor& x, const TensorOptions& options = {},
                           Generator* generator = nullptr);
WICK_API Tensor randint_like(const Tensor& x, int64_t low, int64_t high,
                             const TensorOptions& options = {}, Generator* generator = nullptr);
WICK_API Tensor randint_like(const Tensor& x, int64_t high, const TensorOptions& options = {},
                             Generator* generator = nullptr);

}  // namespace wick
