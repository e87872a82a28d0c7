// Reading the golden files of random numbers.
#pragma once

#include <bit>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catch.h"
#include "golden_path.h"
#include "wick/tensor.h"

inline nlohmann::json read_golden(const std::string& name) {
  std::ifstream file(golden_path(name));
  REQUIRE(file);
  return nlohmann::json::parse(file);
}

/// The elements in row-major order, as the bits of float32.
inline std::vector<uint32_t> bits_of(const wick::Tensor& x) {
  std::vector<uint32_t> bits;
  for (const float value : x.to_vector<float>()) bits.push_back(std::bit_cast<uint32_t>(value));
  return bits;
}
