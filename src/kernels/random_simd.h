// The parts of random.h that Highway compiles for each instruction set; the bits are the same on
// all.
#pragma once

#include <cstdint>

namespace wick::kernels::random_simd {

/// Makes the next 624 words of MT19937.
void twist(uint32_t* words);

/// MT19937's output function on each word.
void temper(const uint32_t* words, uint32_t* out, int64_t n);

/// float(temper(word) & 0xFFFFFF) * 2^-24.
void temper_to_unit(const uint32_t* words, float* out, int64_t n);

/// x = fma(x, scale, shift).
void scale_shift(float* x, int64_t n, float scale, float shift);
void scale_shift(double* x, int64_t n, double scale, double shift);

/// Box-Muller on `blocks` blocks of 16 uniform numbers: the first 8 are radii, the last 8 angles.
void normal_blocks(float* x, int64_t blocks, float mean, float std);

}  // namespace wick::kernels::random_simd
