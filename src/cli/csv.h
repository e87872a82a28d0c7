// Tables of numbers as text: CSV files.
#pragma once

#include <string>
#include <string_view>

#include "wick/tensor.h"

namespace wick::cli {

/// The numbers of a CSV text as a float64 tensor [rows, columns]. Fields are separated by commas
/// and may stand in quotes; a first line without any number is a header; blank lines do not count.
/// Throws FileError, with the line and the column (from 1, in characters) of what is wrong; `name`
/// is what it calls the file.
Tensor parse_csv(std::string_view text, std::string_view name);

/// A tensor with at most two dimensions as CSV, with the digits that read back as the same numbers.
/// Throws ValueError for more dimensions.
std::string csv_text(const Tensor& x);

}  // namespace wick::cli
