#include "cli/csv.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "cli/output.h"
#include "wick/ops.h"

namespace wick::cli {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr size_t longest_shown = 40;

/// A field of a line, without the blanks around it.
struct Field {
  std::string_view text;
  size_t begin;  // byte in the line
};

std::vector<Field> fields_of(std::string_view line) {
  std::vector<Field> fields;
  for (size_t at = 0; at <= line.size();) {
    const size_t comma = std::min(line.find(',', at), line.size());
    const std::string_view whole = line.substr(at, comma - at);
    const size_t first = std::min(whole.find_first_not_of(blanks), whole.size());
    const size_t last = whole.find_last_not_of(blanks);
    const size_t size = last == whole.npos ? 0 : last + 1 - first;
    fields.push_back({whole.substr(first, size), at + first});
    at = comma + 1;
  }
  return fields;
}

std::optional<double> number_in(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
    text = text.substr(1, text.size() - 2);
  // Also reads nan and inf, and what printf writes.
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || end != copy.c_str() + copy.size()) return std::nullopt;
  return value;
}

/// Reads the lines of one text.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  void line(std::string_view text) {
    ++number_;
    if (text.find_first_not_of(blanks) == text.npos) return;
    const std::vector<Field> fields = fields_of(text);
    const bool first = columns_ == 0 && !header_;
    if (first && is_header(fields)) {
      header_ = fields.size();
      return;
    }
    const size_t wanted = columns_ > 0 ? columns_ : header_.value_or(fields.size());
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i == wanted) fail(text, fields[i].begin, too_many(fields.size(), wanted));
      const std::optional<double> value = number_in(fields[i].text);
      if (!value) fail(text, fields[i].begin, not_a_number(fields[i].text));
      values_.push_back(*value);
    }
    if (fields.size() < wanted)
      fail(text, text.size(),
           fmt::format("{} here, the lines above have {}", counted(number_of(fields), "field"),
                       wanted));
    columns_ = wanted;
  }

  Tensor result() const {
    if (columns_ == 0) throw FileError(fmt::format("{}: no line with numbers", name_));
    return tensor(values_).view({-1, static_cast<int64_t>(columns_)});
  }

 private:
  static bool is_header(const std::vector<Field>& fields) {
    for (const Field& field : fields)
      if (number_in(field.text)) return false;
    return true;
  }
  static int64_t number_of(const std::vector<Field>& fields) {
    return static_cast<int64_t>(fields.size());
  }
  static std::string too_many(size_t found, size_t wanted) {
    return fmt::format("{} here, the lines above have {}",
                       counted(static_cast<int64_t>(found), "field"), wanted);
  }
  static std::string not_a_number(std::string_view field) {
    if (field.empty()) return "must be a number, but the field is empty";
    const std::string shown = printable(field.substr(0, longest_shown));
    return fmt::format("must be a number, got \"{}{}\"", shown,
                       field.size() > longest_shown ? "..." : "");
  }
  [[noreturn]] void fail(std::string_view text, size_t byte, const std::string& message) const {
    throw FileError(
        fmt::format("{}:{}:{}: {}", name_, number_, length(text.substr(0, byte)) + 1, message));
  }

  std::string_view name_;
  size_t number_ = 0;
  size_t columns_ = 0;
  std::optional<size_t> header_;  // how many fields it has
  std::vector<double> values_;
};

}  // namespace

Tensor parse_csv(std::string_view text, std::string_view name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  Reader reader(name);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    reader.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.result();
}

namespace {

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

std::string csv_text(const Tensor& x) {
  if (x.dim() > 2)
    throw ValueError(
        fmt::format("a CSV file has two dimensions and this tensor has the shape {}: write it to a "
                    ".npy, .npz or .safetensors file",
                    x.shape().to_string()));
  const Tensor table = x.dim() == 2 ? x : x.reshape({1, -1});
  if (!x.is_floating_point()) return rows_text<int64_t>(table);
  return x.dtype() == float64 ? rows_text<double>(table) : rows_text<float>(table);
}

}  // namespace wick::cli
