#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "text/utf8.h"
#include "wick/error.h"

namespace wick::cli {
namespace {

[[noreturn]] void output_failed() {
  if (errno == EPIPE) throw BrokenPipe();
  throw FileError(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

void print_labelled(Colour colour, std::string_view label, std::string_view text) {
  std::fflush(stdout);
  const std::string line = fmt::format("{} {}\n", Style(stderr)(colour, label), message_text(text));
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) output_failed();
}

void flush_output() {
  if (std::fflush(stdout) != 0) output_failed();
}

void print_json(const ordered_json& json) {
  // Names of files need not be UTF-8. What JSON leaves of control characters is in strings.
  const std::string text = json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  std::string safe;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    if (byte == 0x7F)
      safe += "\\u007f";
    else if (byte == 0xC2 && next < 0xA0)
      safe += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    else
      safe += text[i];
  }
  print(safe);
}

void note(std::string_view text) { print_labelled(Colour::cyan, "note:", text); }
void print_error(std::string_view text) { print_labelled(Colour::red, "error:", text); }

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

Style::Style(std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  on_ = is_terminal(stream) && !(no_color && *no_color) &&
        !(terminal && std::string_view(terminal) == "dumb");
}

std::string Style::operator()(Colour colour, std::string_view text) const {
  if (!on_ || text.empty()) return std::string(text);
  constexpr std::string_view codes[] = {"1;31", "32", "36", "1", "2"};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<size_t>(colour)], text);
}

Table::Table(std::vector<std::string> head, std::string alignment)
    : rows_{std::move(head)}, alignment_(std::move(alignment)) {}

void Table::add(std::vector<std::string> row) {
  for (std::string& cell : row) cell = printable(cell);
  rows_.push_back(std::move(row));
}

std::string Table::text(const Style& style) const {
  std::vector<size_t> widths(alignment_.size(), 0);
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], length(row[i]));
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - length(row[i]), ' ');
      if (i > 0) line += "  ";
      line += alignment_[i] == 'r' ? blanks + row[i] : row[i] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += (&row == &rows_.front() ? style(Colour::bold, line) : line) + "\n";
  }
  return text;
}

std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  const int64_t first = number < 0 ? 1 : 0;
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > first; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

std::vector<std::string> percentages(const std::vector<double>& parts) {
  constexpr int64_t whole = 1000;  // tenths of a per cent
  double sum = 0;
  for (const double part : parts) sum += part;
  // Rounded down, and what is missing goes to those that lost most.
  std::vector<int64_t> tenths;
  std::vector<std::pair<double, size_t>> lost;
  int64_t missing = sum > 0 ? whole : 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const double exact = sum > 0 ? static_cast<double>(whole) * (parts[i] / sum) : 0;
    tenths.push_back(static_cast<int64_t>(exact));
    lost.emplace_back(static_cast<double>(tenths.back()) - exact, i);
    missing -= tenths.back();
  }
  std::sort(lost.begin(), lost.end());
  for (size_t i = 0; i < lost.size() && missing > 0; ++i, --missing) ++tenths[lost[i].second];
  std::vector<std::string> result;
  for (const int64_t t : tenths) result.push_back(fmt::format("{}.{} %", t / 10, t % 10));
  return result;
}

std::string counted(int64_t number, std::string_view what) {
  return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s");
}

namespace {

/// Bytes of the character at the beginning of `text`, 0 if it is not to be shown.
size_t printable_character(std::string_view text) {
  const size_t size = utf8::shown(text);
  // Those that turn the direction of the text around them: U+202A to U+202E, U+2066 to U+2069.
  const auto turns = [&](std::string_view first, std::string_view last) {
    return size == 3 && text.substr(0, 3) >= first && text.substr(0, 3) <= last;
  };
  return turns("\u202A", "\u202E") || turns("\u2066", "\u2069") ? 0 : size;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t size = printable_character(text);
    if (size > 0)
      result += text.substr(0, size);
    else
      result += text[0] == '\t' ? ' ' : '?';
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return result;
}

std::string printable_lines(std::string_view text) {
  std::string result;
  while (true) {
    const size_t end = std::min(text.find('\n'), text.size());
    result += printable(text.substr(0, end));
    if (end == text.size()) return result;
    result += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string message_text(std::string_view text) {
  constexpr std::string_view in_cpp = "say which one with TorchOptions::key";
  std::string result = printable_lines(text);
  if (const size_t at = result.find(in_cpp); at != result.npos)
    result.replace(at, in_cpp.size(), "say which one with wick convert FROM TO --key KEY");
  return result;
}

size_t length(std::string_view text) { return utf8::length(text); }

}  // namespace wick::cli
