// The header of a .npy file: a Python dict of three known keys, read and written.
#include <fmt/ranges.h>

#include <charconv>

#include "core/check.h"
#include "io/npy.h"
#include "io/quote.h"

namespace wick::io {
namespace {

/// Reads the few kinds of Python literals that a header may have.
class DictReader {
 public:
  DictReader(const MappedFile& file, std::string_view text) : file_(file), text_(text) {}

  NpyHeader read() {
    expect('{', "a dict");
    bool has_descr = false, has_order = false, has_shape = false;
    while (!take('}')) {
      const std::string_view key = string("a key in quotes");
      expect(':', "':'");
      const auto begin = [&](bool& has) {
        if (has) fail(fmt::format("the key '{}' stands twice", key));
        has = true;
      };
      if (key == "descr") {
        begin(has_descr);
        read_descr();
      } else if (key == "fortran_order") {
        begin(has_order);
        read_order();
      } else if (key == "shape") {
        begin(has_shape);
        read_shape();
      } else {
        fail(fmt::format("unknown key {}", io::quoted(key)));
      }
      if (!take(',') && !next_is('}')) expected("',' or '}'");
    }
    if (!has_descr || !has_order || !has_shape)
      fail(fmt::format("the key '{}' is missing", !has_descr   ? "descr"
                                                  : !has_order ? "fortran_order"
                                                               : "shape"));
    skip_space();
    if (at_ < text_.size()) expected("nothing after the dict");
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    file_.fail(fmt::format("the npy header is damaged: {}", what));
  }
  [[noreturn]] void expected(std::string_view what) const {
    const std::string_view rest = text_.substr(at_);
    fail(fmt::format("expected {} at its byte {}, got {}", what, at_,
                     rest.empty() ? "its end" : io::quoted(rest.substr(0, 20))));
  }

  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n\f", at_), text_.size()); }
  bool next_is(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    const bool found = next_is(c);
    if (found) ++at_;
    return found;
  }
  bool take(std::string_view word) {
    skip_space();
    const bool found = text_.substr(at_).starts_with(word);
    if (found) at_ += word.size();
    return found;
  }
  void expect(char c, std::string_view what) {
    if (!take(c)) expected(what);
  }

  std::string_view string(std::string_view what) {
    const char quote = next_is('"') ? '"' : '\'';
    expect(quote, what);
    const size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) expected("a closing quote");
    const std::string_view value = text_.substr(at_, end - at_);
    if (value.find_first_of("\\\n") != std::string_view::npos)
      fail(fmt::format("unexpected backslash or line break in {}", io::quoted(value)));
    at_ = end + 1;
    return value;
  }

  void read_descr() {
    if (next_is('['))
      file_.fail(
          fmt::format("structured arrays are not supported, got the dtype {}: save each "
                      "field as an array of its own",
                      printable(text_.substr(at_))));
    header_.descr = string("a dtype in quotes");
  }

  void read_order() {
    header_.fortran_order = take(std::string_view("True"));
    if (!header_.fortran_order && !take(std::string_view("False"))) expected("True or False");
  }

  void read_shape() {
    expect('(', "a tuple");
    bool comma = true;
    while (!take(')')) {
      if (!comma) expected("',' or ')'");
      if (header_.shape.size() == Shape::max_rank)
        file_.fail(
            fmt::format("the array has more than {} dimensions, which is the most that wick "
                        "takes",
                        Shape::max_rank));
      header_.shape.push_back(integer());
      comma = take(',');
    }
    // Python reads (3) as a number.
    if (header_.shape.size() == 1 && !comma) fail("the shape is not a tuple, but a number");
  }

  int64_t integer() {
    skip_space();
    const char* const first = text_.data() + at_;
    int64_t value = 0;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) expected("a number that fits in 64 bits");
    if (error != std::errc() || *first == '-') expected("a non-negative integer");
    at_ += static_cast<size_t>(end - first);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote its long integers so
    return value;
  }

  const MappedFile& file_;
  std::string_view text_;
  size_t at_ = 0;
  NpyHeader header_;
};

std::string_view descr_of(const Tensor& x, std::string_view name) {
  switch (x.dtype()) {
    case DType::float64:
      return "<f8";
    case DType::float32:
      return "<f4";
    case DType::float16:
      return "<f2";
    case DType::int64:
      return "<i8";
    case DType::int32:
      return "<i4";
    case DType::uint8:
      return "|u1";
    case DType::bool_:
      return "|b1";
    case DType::bfloat16:
      break;
  }
  core::fail<TypeError>(
      "cannot save {}: NumPy has no bfloat16; convert the tensor with x.to(wick::float32)",
      io::quoted(name));
}

}  // namespace

NpyHeader parse_npy_header(const MappedFile& file, std::string_view text) {
  return DictReader(file, text).read();
}

std::string npy_header(const Tensor& x, std::string_view name) {
  const Shape& shape = x.shape();
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr_of(x, name),
                  fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  // As NumPy does: room for the first dimension to grow, then until the elements are aligned.
  if (!shape.empty()) text.append(21 - fmt::formatted_size("{}", shape[0]), ' ');
  constexpr size_t before = npy_magic.size() + 4;
  text.append(64 - (before + text.size() + 1) % 64, ' ');
  text += '\n';
  std::string header(npy_magic);
  header += {1, 0, static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return header + text;
}

}  // namespace wick::io
