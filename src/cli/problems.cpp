#include "cli/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "cli/streams.h"
#include "text/utf8.h"
#include "wick/io/file.h"
#include "wick/nn/model_file.h"

namespace wick::cli {
namespace {

constexpr size_t widest = 90;  // characters of a line of the file that are shown

/// Where the character `column` (from 1) begins.
size_t byte_of(std::string_view line, int64_t column) {
  size_t at = 0;
  for (int64_t i = 1; i < column && at < line.size(); ++i) do
      ++at;
    while (at < line.size() && utf8::continues(line[at]));
  return at;
}

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || c == '.' || c == '-' || c == '+' || c == '_' || byte >= 0x80;
}

/// The string, number or name that `text` begins with, or its first letter.
std::string_view first_word(std::string_view text) {
  size_t end = 0;
  if (text.starts_with('"')) {
    end = 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    end += 1;
  } else {
    while (end < text.size() && is_word(text[end])) ++end;
  }
  return text.substr(0, std::clamp<size_t>(end, 1, std::max<size_t>(text.size(), 1)));
}

/// The lines of a text, by number.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

/// A model file as it is now; no lines if it is gone.
struct Source {
  explicit Source(const std::string& path) {
    try {
      const std::string* kept = kept_stream(path);
      text = kept ? *kept : io::read_file(path, nn::max_model_file_size);
      lines = lines_of(text);
    } catch (const FileError&) {  // then there is nothing to show
    }
  }
  std::string text;
  std::vector<std::string_view> lines;
};

}  // namespace

std::string marked_line(std::string_view line, int64_t number, int64_t column, const Style& style) {
  const size_t at = byte_of(line, column);
  const std::string word = printable(first_word(line.substr(at)));
  std::string before = printable(line.substr(0, at));
  std::string after = printable(line.substr(at));
  if (length(before) > widest / 2 && length(before) + length(after) > widest) {
    const auto kept = static_cast<int64_t>(widest / 2);
    const auto dropped = static_cast<int64_t>(length(before)) - kept;
    before = "..." + before.substr(byte_of(before, dropped + 1));
  }
  const size_t room = widest - std::min(length(before), widest / 2 + 3);
  const bool cut = length(after) > room;
  if (cut) after = after.substr(0, byte_of(after, static_cast<int64_t>(room) + 1)) + "...";
  const size_t tail = std::min(length(word), length(after)) - (after.empty() ? 0 : 1);
  const std::string mark = "^" + std::string(after.empty() ? 0 : tail, '~');
  return fmt::format("{}{}{}\n{}{}{}\n", style(Colour::dim, fmt::format("{:5} | ", number)), before,
                     after, style(Colour::dim, "      | "), std::string(length(before), ' '),
                     style(Colour::green, mark));
}

bool knows_no_such_layer(const ModelFileError& error) {
  const auto& problems = error.problems();
  return std::any_of(problems.begin(), problems.end(), [](const ModelFileError::Problem& p) {
    return p.expected == "the name of a layer" && p.suggestion.empty();
  });
}

std::string problems_text(const ModelFileError& error, const Style& style) {
  std::map<std::string, Source> sources;
  std::string result;
  for (const ModelFileError::Problem& problem : error.problems()) {
    const std::string text = message_text(problem.to_string());
    const std::string place = printable_lines(
        problem.line > 0 ? fmt::format("{}:{}:{}:", problem.file, problem.line, problem.column)
                         : problem.file + ":");
    if (text.starts_with(place))
      result += style(Colour::bold, place) + text.substr(place.size()) + "\n";
    else
      result += text + "\n";
    if (problem.line <= 0) continue;
    const auto& lines = sources.try_emplace(problem.file, problem.file).first->second.lines;
    const auto index = static_cast<size_t>(problem.line - 1);
    if (index < lines.size())
      result += marked_line(lines[index], problem.line, problem.column, style);
  }
  if (error.count() > static_cast<int64_t>(error.problems().size()))
    result += fmt::format("... and {} more\n",
                          grouped(error.count() - static_cast<int64_t>(error.problems().size())));
  return result;
}

void print_problems(const ModelFileError& error) {
  const std::string text = problems_text(error, Style(stderr));
  std::fwrite(text.data(), 1, text.size(), stderr);
  const std::string file = error.problems().empty() ? "" : error.problems().front().file;
  print_error(fmt::format("{} has {}", file, counted(error.count(), "problem")));
  if (knows_no_such_layer(error)) note(own_layers_note);
}

}  // namespace wick::cli
