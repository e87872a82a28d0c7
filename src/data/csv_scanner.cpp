#include "data/csv_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "wick/error.h"

namespace wick::data::csv {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The bytes of the character that `text` begins with; 0 if it cannot be shown.
size_t shown_size(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i)
    if (!continues(text[i])) return 0;
  return first == 0xC2 && byte(1) < 0xA0 ? 0 : size;  // C1 control characters
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr int longest = 40;
  std::string result = "\"";
  for (int shown = 0; !text.empty(); ++shown) {
    if (shown == longest) {
      result += "...";
      break;
    }
    const size_t size = shown_size(text);
    if (size > 0)
      result += text.substr(0, size);
    else
      result += text[0] == '\t' ? ' ' : '?';
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return result + '"';
}

Scanner::Scanner(std::string_view text, char delimiter, std::string_view name)
    : begin_(text.data()),
      at_(text.data()),
      end_(text.data() + text.size()),
      delimiter_(delimiter),
      name_(name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) begin_ = at_ += byte_order_mark.size();
}

void Scanner::skip_blanks() {
  while (at_ != end_ && is_blank(*at_)) ++at_;
}

bool Scanner::find_line() {
  while (true) {
    const char* line = at_;
    skip_blanks();
    if (at_ == end_) return false;
    if (*at_ != '\n') {
      at_ = line;
      return true;
    }
    ++at_;
  }
}

bool Scanner::skip_line() {
  if (at_ == end_) return false;
  at_ = std::find(at_, end_, '\n');
  if (at_ != end_) ++at_;
  return true;
}

Field Scanner::next() {
  skip_blanks();
  const char* begin = at_;
  const std::string_view text = at_ != end_ && *at_ == '"' ? quoted() : unquoted();
  return {text, begin, !pass_separator()};
}

std::string_view Scanner::quoted() {
  const char* open = at_++;
  while (true) {
    at_ = std::find(at_, end_, '"');
    if (at_ == end_) fail(open, "the quote that begins here does not end");
    if (at_ + 1 == end_ || at_[1] != '"') break;
    at_ += 2;  // "" stands for a quote in a quoted field
  }
  const std::string_view text(open + 1, static_cast<size_t>(at_ - open - 1));
  const char* after = ++at_;
  skip_blanks();
  const bool ends = at_ == end_ || *at_ == '\n' || separates(*at_);
  if (!ends && (delimiter_ != ' ' || at_ == after))
    fail(at_, fmt::format("must be {} or the end of the line, after a closing quote",
                          csv::quoted({&delimiter_, 1})));
  return text;
}

std::string_view Scanner::unquoted() {
  const char* begin = at_;
  while (at_ != end_ && *at_ != '\n' && !separates(*at_)) ++at_;
  const char* last = at_;
  while (last != begin && is_blank(last[-1])) --last;
  return {begin, static_cast<size_t>(last - begin)};
}

/// Goes on to the next field of the line, if there is one, or else to the next line.
bool Scanner::pass_separator() {
  skip_blanks();
  if (at_ == end_) return false;
  if (*at_ == '\n') {
    ++at_;
    return false;
  }
  if (delimiter_ != ' ') ++at_;  // blanks are behind already
  return true;
}

const char* Scanner::line_end(const Field& field) const {
  const char* end = std::find(field.text.data() + field.text.size(), end_, '\n');
  while (end != begin_ && is_blank(end[-1])) --end;
  return end;
}

void Scanner::fail(const char* at, const std::string& message) const {
  const auto line = 1 + std::count(begin_, at, '\n');
  const char* start = at;
  while (start != begin_ && start[-1] != '\n') --start;
  const auto column = 1 + std::count_if(start, at, [](char c) { return !continues(c); });
  throw FileError(fmt::format("{}:{}:{}: {}", name_, line, column, message));
}

void Scanner::fail(const std::string& message) const {
  throw FileError(fmt::format("{}: {}", name_, message));
}

}  // namespace wick::data::csv
