// The parts of random.h that Highway compiles for each instruction set; the bits are the same on
// all. "Raw" words are MT19937's before its output function (tempering).
#pragma once

#include <cstdint>

namespace wick::kernels::random_simd {

/// Continues the recurrence: words[0..624) are given, the n that follow are written. n is a
/// multiple of 624.
void generate(uint32_t* words, int64_t n);

/// MT19937's output function on each word.
void temper(const uint32_t* raw, uint32_t* out, int64_t n);

/// fma(float(output & 0xFFFFFF) * 2^-24, scale, shift).
void uniform(const uint32_t* raw, float* out, int64_t n, float scale, float shift);
/// The same with 53 bits of two outputs, the first the high word.
void uniform(const uint32_t* raw, double* out, int64_t n, double scale, double shift);

/// Box-Muller on `blocks` blocks of 16 uniform numbers: the first 8 are radii, the last 8 angles.
void normal_blocks(const uint32_t* raw, float* out, int64_t blocks, float mean, float std);

/// Bit i % 8 of byte i / 8 becomes 1 where the 53 bits of outputs 2 i and 2 i + 1 are less than
/// `limit` <= 2^53. The bits behind the last are 0.
void coins(const uint32_t* raw, uint8_t* bits, int64_t n, uint64_t limit);

/// out = bit ? one : 0. The bits are those of coins().
void select(const uint8_t* bits, uint8_t* out, int64_t n, uint8_t one);
void select(const uint8_t* bits, uint16_t* out, int64_t n, uint16_t one);
void select(const uint8_t* bits, uint32_t* out, int64_t n, uint32_t one);
void select(const uint8_t* bits, uint64_t* out, int64_t n, uint64_t one);

/// out = x * (bit ? factor : 0); out may be x.
void drop(const uint8_t* bits, const float* x, float* out, int64_t n, float factor);
void drop(const uint8_t* bits, const double* x, double* out, int64_t n, double factor);

}  // namespace wick::kernels::random_simd
