/// \file
/// Dense arrays for the benchmark programs: made from a few words, read and written as .npy files,
/// compared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// A row-major array. Elements are float32, or, for "b1", bytes of 0 or 1.
struct Array {
  std::vector<int64_t> shape;
  std::string dtype = "f4";
  std::shared_ptr<void> data;  ///< aligned to 64 bytes

  int64_t numel() const;
  size_t bytes() const;
  const float* floats() const { return static_cast<const float*>(data.get()); }
};

/// An array with room for its elements.
Array allocate(std::vector<int64_t> shape, std::string dtype = "f4");
/// A float32 array with a copy of `values`.
Array copy_of(const float* values, std::vector<int64_t> shape);

/// Makes what `words` say, `KIND[*SCALE]:SIZES[:SEED]` such as `normal*0.5:3200x2048:1`. Kinds:
/// normal, uniform (-1 to 1), edges (-100 to -10), denormal, nan, bool. The same words give the
/// same array everywhere.
Array make(const std::string& words);

/// Reads and writes NumPy's format, version 1.
Array load_npy(const std::string& path);
void save_npy(const std::string& path, const Array& array);

/// How two arrays differ.
struct Difference {
  double largest = 0;  ///< largest |a - b|, where both are finite
  double scale = 0;    ///< largest finite |b|
  int64_t other = 0;   ///< elements of which one is nan or infinite and the other is not the same
  bool same_bits = true;
};
/// Throws std::runtime_error for different shapes.
Difference compare(const Array& a, const Array& b);

}  // namespace bench
