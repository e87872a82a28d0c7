#include "wick/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "data/csv_number.h"
#include "data/csv_scanner.h"
#include "wick/io/file.h"
#include "wick/ops.h"

namespace wick::data {
namespace {

using csv::Field;
using csv::Scanner;

/// What the fields of a table have to be.
template <class T>
struct Numbers {
  using Element = T;
  std::string_view kind;  // "a number"
  T lowest = std::numeric_limits<T>::lowest();
  T highest = std::numeric_limits<T>::max();

  std::optional<T> read(std::string_view text) const {
    if constexpr (std::floating_point<T>) return csv::number_in<T>(text);
    const auto value = csv::number_in<int64_t>(text);
    if (!value || *value < static_cast<int64_t>(lowest) || *value > static_cast<int64_t>(highest))
      return std::nullopt;
    return static_cast<T>(*value);
  }
};

std::string fields(int64_t count) {
  return fmt::format("{} field{}", count, count == 1 ? "" : "s");
}

/// Reads one table.
class Reader {
 public:
  Reader(std::string_view text, const CsvOptions& options, std::string_view name)
      : scanner_(text, options.delimiter, name) {
    for (int64_t i = 0; i < options.skip_rows; ++i)
      if (!scanner_.skip_line()) break;
    pass_header(options.header);
    if (!scanner_.find_line()) scanner_.fail("no line with numbers");
    if (columns_ == 0) columns_ = count_fields();
  }

  /// All rows, as a tensor of the elements of `numbers`, which are stored as `dtype`.
  template <class T>
  Tensor read(DType dtype, const Numbers<T>& numbers) {
    const int64_t most = most_rows();
    const Tensor table = empty({most, columns_}, {.dtype = dtype, .device = cpu});
    // Bools are bytes of 0 and 1, to which no pointer of their own is needed.
    T* const begin = static_cast<T*>(
        dtype == DType::bool_ ? static_cast<void*>(table.data_ptr<bool>()) : table.data_ptr<T>());
    int64_t rows = 0;
    // A line more than there is room for has too few fields; which of them is wrong is told as
    // well.
    for (; scanner_.find_line(); ++rows)
      read_row(rows < most ? begin + rows * columns_ : nullptr, numbers);
    return rows == most ? table : table.narrow(0, 0, rows).clone();
  }

 private:
  /// Goes behind the header, if there is one, and counts its fields.
  void pass_header(std::optional<bool> wanted) {
    if (!wanted.value_or(true) || !scanner_.find_line()) return;
    const char* line = scanner_.position();
    bool any_number = false;
    columns_ = 0;
    for (bool last = false; !last; ++columns_) {
      const Field field = scanner_.next();
      any_number = any_number || csv::number_in<double>(field.text);
      last = field.last;
    }
    if (wanted || !any_number) return;
    columns_ = 0;
    scanner_.set_position(line);
  }

  int64_t count_fields() {
    const char* line = scanner_.position();
    int64_t count = 1;
    while (!scanner_.next().last) ++count;
    scanner_.set_position(line);
    return count;
  }

  /// No more rows than lines, and each takes a byte for each field and what is behind it.
  int64_t most_rows() const {
    const std::string_view rest = scanner_.rest();
    const int64_t lines = std::count(rest.begin(), rest.end(), '\n') + (rest.back() != '\n');
    return std::min(lines, (static_cast<int64_t>(rest.size()) + 1) / (2 * columns_));
  }

  template <class T>
  void read_row(T* row, const Numbers<T>& numbers) {
    for (int64_t column = 0;; ++column) {
      const Field field = scanner_.next();
      if (column == columns_) fail_too_many(field);
      const std::optional<T> value = numbers.read(field.text);
      if (!value) fail_kind(field, numbers.kind);
      if (row) row[column] = *value;
      if (!field.last) continue;
      if (column + 1 < columns_) fail_count(scanner_.line_end(field), column + 1);
      return;
    }
  }

  [[noreturn]] void fail_too_many(Field field) {
    const char* at = field.at;
    int64_t count = columns_ + 1;
    for (; !field.last; ++count) field = scanner_.next();
    fail_count(at, count);
  }
  [[noreturn]] void fail_count(const char* at, int64_t count) const {
    scanner_.fail(at, fmt::format("{} here, the lines above have {}", fields(count), columns_));
  }
  [[noreturn]] void fail_kind(const Field& field, std::string_view kind) const {
    scanner_.fail(field.at, field.text.empty()
                                ? fmt::format("must be {}, but the field is empty", kind)
                                : fmt::format("must be {}, got {}", kind, csv::quoted(field.text)));
  }

  Scanner scanner_;
  int64_t columns_ = 0;  // 0: not known yet
};

void check_options(const CsvOptions& options) {
  constexpr std::string_view taken = "0123456789+-.\"\n\r";
  const char c = options.delimiter;
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (letter || c == '\0' || taken.find(c) != taken.npos)
    throw ValueError(fmt::format("CsvOptions: {} cannot be a delimiter", csv::quoted({&c, 1})));
  if (options.skip_rows < 0)
    throw ValueError(
        fmt::format("CsvOptions: skip_rows must not be negative, got {}", options.skip_rows));
}

template <class T>
std::string rows_text(const Tensor& x) {
  const std::vector<T> values = x.to_vector<T>();
  const auto columns = static_cast<size_t>(x.size(1));
  std::string text;
  for (size_t i = 0; i < values.size(); ++i)
    fmt::format_to(std::back_inserter(text), "{}{}", values[i], (i + 1) % columns ? ',' : '\n');
  return text;
}

}  // namespace

Tensor parse_csv(std::string_view text, const CsvOptions& options, std::string_view name) {
  check_options(options);
  Reader reader(text, options, name);
  switch (options.dtype) {
    case DType::float32:
      return reader.read<float>(float32, {"a number"});
    case DType::float64:
      return reader.read<double>(float64, {"a number"});
    case DType::bfloat16:
    case DType::float16:
      return reader.read<double>(float64, {"a number"}).to(options.dtype);
    case DType::int64:
      return reader.read<int64_t>(int64, {"an integer that int64 holds"});
    case DType::int32:
      return reader.read<int32_t>(int32, {"an integer that int32 holds"});
    case DType::uint8:
      return reader.read<uint8_t>(uint8, {"an integer from 0 to 255"});
    case DType::bool_:
      return reader.read<uint8_t>(bool_, {"0 or 1", 0, 1});
  }
  throw TypeError("CsvOptions: no such dtype");
}

Tensor read_csv(const std::string& path, const CsvOptions& options) {
  check_options(options);
  return parse_csv(io::read_file(path, options.max_bytes), options, path);
}

std::string csv_text(const Tensor& x) {
  if (!x.defined() || x.is_meta())
    throw ValueError("a tensor without elements cannot be written as CSV");
  if (x.dim() > 2)
    throw ValueError(
        fmt::format("a CSV file has two dimensions and this tensor has the shape {}: write it to a "
                    ".npy, .npz or .safetensors file",
                    x.shape().to_string()));
  const Tensor table = x.dim() == 2 ? x : x.reshape({1, -1});
  if (!x.is_floating_point()) return rows_text<int64_t>(table);
  return x.dtype() == float64 ? rows_text<double>(table) : rows_text<float>(table);
}

void write_csv(const std::string& path, const Tensor& x) { io::write_file(path, csv_text(x)); }

}  // namespace wick::data
