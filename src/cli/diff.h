// How weights and texts differ: what `wick diff` shows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wick/nn/state_dict.h"

namespace wick::cli {

/// How far apart numbers may be and still be the same: |a - b| <= atol + rtol |b|.
struct Tolerance {
  double atol = 0;
  double rtol = 0;
  bool values_only = false;  ///< other dtypes, and shapes of as many elements, are no difference
};

/// A tensor that is not the same in two files.
struct TensorDifference {
  std::string name;
  std::string a;          ///< "float32 [2048, 512]", or "" if it is not there
  std::string b;          ///< the same
  bool values = false;    ///< numbers were compared; the rest says how they differ
  double max_abs = 0;     ///< the largest |a - b|
  double max_rel = 0;     ///< the largest |a - b| / |b|
  int64_t different = 0;  ///< how many elements
  int64_t elements = 0;   ///< of how many
};

/// What differs, in the order of `a`, then what only `b` has. Numbers are compared where both have
/// as many, in their order, whatever the dtypes and the shapes are; those of meta tensors are not.
/// Nan is the same as nan.
std::vector<TensorDifference> compare(const nn::StateDict& a, const nn::StateDict& b,
                                      const Tolerance& tolerance);

/// The lines that `a` and `b` do not share, marked "- " and "+ ", and some lines around them,
/// marked "  "; "" if the texts are the same.
std::vector<std::string> line_differences(std::string_view a, std::string_view b);

}  // namespace wick::cli
