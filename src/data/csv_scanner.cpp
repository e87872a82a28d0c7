#include "data/csv_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "text/utf8.h"
#include "wick/error.h"

namespace wick::data::csv {
std::string quoted(std::string_view text) {
  constexpr int longest = 40;
  std::string result = "\"";
  for (int shown = 0; !text.empty(); ++shown) {
    if (shown == longest) {
      result += "...";
      break;
    }
    const size_t size = utf8::shown(text);
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
  if (text.starts_with(utf8::mark)) begin_ = at_ += utf8::mark.size();
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
  const auto column = 1 + std::count_if(start, at, [](char c) { return !utf8::continues(c); });
  throw FileError(fmt::format("{}:{}:{}: {}", name_, line, column, message));
}

void Scanner::fail(const std::string& message) const {
  throw FileError(fmt::format("{}: {}", name_, message));
}

}  // namespace wick::data::csv
