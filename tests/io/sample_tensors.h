/// \file
/// Tensors for the tests of files: the values in tests/golden/io, and values that only a copy of
/// every bit brings back.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "core/tensor_impl.h"
#include "wick/wick.h"

/// Every dtype.
inline constexpr std::array all_dtypes = {wick::float32, wick::float64, wick::bfloat16,
                                          wick::float16, wick::int64,   wick::int32,
                                          wick::uint8,   wick::bool_};

/// The values of the files in tests/golden/io: see tests/golden/generate_io_numpy.py.
inline wick::Tensor golden_values(const wick::Shape& shape, wick::DType dtype) {
  const wick::Tensor i = wick::arange(static_cast<double>(shape.numel()));
  if (dtype == wick::bool_) return (i.remainder(3) == 0).reshape(shape);
  if (dtype == wick::uint8) return i.to(dtype).reshape(shape);
  const bool is_integer = dtype == wick::int32 || dtype == wick::int64;
  return (is_integer ? i - 5 : (i - 5) / 4).to(dtype).reshape(shape);
}

/// The bytes of x's elements in row-major order.
inline std::string bits(const wick::Tensor& x) {
  const wick::Tensor c = x.contiguous();
  const size_t size = static_cast<size_t>(c.numel()) * wick::element_size(c.dtype());
  return std::string(wick::core::bytes(c), size);
}

/// True if dtype, shape and every bit are the same.
inline bool same(const wick::Tensor& a, const wick::Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && bits(a) == bits(b);
}

/// Any bits that the dtype can have: with nans of every kind, infinities, -0 and denormals.
inline wick::Tensor any_bits(const wick::Shape& shape, wick::DType dtype, uint32_t seed) {
  const wick::Tensor x = wick::empty(shape, {.dtype = dtype});
  char* bytes = wick::core::bytes(x);
  const int64_t size = x.numel() * static_cast<int64_t>(wick::element_size(dtype));
  for (int64_t i = 0; i < size; ++i) {
    seed = seed * 1664525U + 1013904223U;
    bytes[i] = static_cast<char>(dtype == wick::bool_ ? seed >> 31 : seed >> 24);
  }
  return x;
}

/// A state with every dtype of `dtypes`: plain, 0-d, empty and not contiguous.
template <class DTypes>
wick::nn::StateDict any_state(const DTypes& dtypes) {
  wick::nn::StateDict state;
  uint32_t seed = 0;
  for (const wick::DType dtype : dtypes) {
    const std::string name(wick::name(dtype));
    state.set(name + ".plain", any_bits({3, 5}, dtype, ++seed));
    state.set(name + ".scalar", any_bits({}, dtype, ++seed));
    state.set(name + ".empty", any_bits({2, 0, 3}, dtype, ++seed));
    state.set(name + ".transposed", any_bits({4, 3}, dtype, ++seed).t());
    state.set(name + ".sliced", any_bits({4, 6}, dtype, ++seed)(wick::all, wick::slice(1, 6, 2)));
    state.set(name + ".expanded", any_bits({3, 1}, dtype, ++seed).expand({3, 4}));
  }
  return state;
}

/// What is different between two states, whatever their order; "" if nothing is.
inline std::string difference(const wick::nn::StateDict& a, const wick::nn::StateDict& b) {
  if (a.size() != b.size()) return "the number of entries";
  for (const auto& [name, tensor] : a)
    if (!b.contains(name) || !same(tensor, b[name])) return name;
  return "";
}
