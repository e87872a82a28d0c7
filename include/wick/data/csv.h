/// \file
/// Tables of numbers as text: CSV files (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wick/dtype.h"
#include "wick/export.h"
#include "wick/tensor.h"

namespace wick::data {

/// The largest file that read_csv reads, unless it is told otherwise: 4 GiB.
inline constexpr int64_t csv_max_bytes = int64_t{4} << 30;

/// How a CSV text is read.
struct CsvOptions {
  /// Between two fields. A blank stands for any number of blanks and tabs, and those at the ends of
  /// a line do not count then.
  char delimiter = ',';
  /// Whether the first line that is not blank is a header. By default it is one if none of its
  /// fields is a number.
  std::optional<bool> header = {};
  int64_t skip_rows = 0;         ///< lines at the beginning that are not looked at
  DType dtype = DType::float32;  ///< of the result; for an integer one all fields must be integers
  int64_t max_bytes = csv_max_bytes;  ///< larger files are refused
};

/// The numbers in a CSV file, as a tensor [rows, columns].
///
///     Tensor table = read_csv("digits.csv");                     // [1797, 65]
///     TensorDataset digits(table(all, slice(0, 64)), table(all, 64).to(int64));
///
/// Lines end with \n or \r\n, blank lines do not count, and blanks around fields neither. Fields
/// may stand in double quotes. Numbers are written as in C, with a point whatever the locale, and
/// `nan` and `inf`; each becomes the nearest float32 or float64, the half types by way of float64.
/// A byte order mark is skipped.
///
/// Throws FileError if the file cannot be read, is too large, or is not such a table, with the line
/// and the column (from 1, in characters) of what is wrong:
///
///     x.csv:2:3: must be a number, got "five"
///     x.csv:9:7: 3 fields here, the lines above have 4
///     x.csv: no line with numbers
///
/// Throws ValueError for a delimiter that can be part of a number, a quote or the end of a line,
/// and for negative skip_rows.
WICK_API Tensor read_csv(const std::string& path, const CsvOptions& options = {});

/// The same for a text in memory; `name` is what messages call it. max_bytes does not count.
WICK_API Tensor parse_csv(std::string_view text, const CsvOptions& options = {},
                          std::string_view name = "csv");

/// A tensor with at most two dimensions as CSV text: a line for each row (a tensor with fewer
/// dimensions is one row), with as few digits as read back as the same numbers, and integers and
/// bools as integers. Throws ValueError for more dimensions and for tensors that are undefined or
/// meta.
WICK_API std::string csv_text(const Tensor& x);

/// Puts csv_text(x) into a file, in the way of io::write_file. Throws as that, and FileError if it
/// cannot be written.
WICK_API void write_csv(const std::string& path, const Tensor& x);

}  // namespace wick::data
