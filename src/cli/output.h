// What the commands write, and where: results on standard output, all else on standard error, and
// colours only where a person reads.
#pragma once

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace wick::cli {

using nlohmann::ordered_json;

/// Thrown when nobody reads standard output any more, as in `wick layers | head -1`.
struct BrokenPipe {};

/// Writes to standard output. Throws BrokenPipe, and FileError if the disk is full.
void print(std::string_view text);
/// Writes what print has kept back.
void flush_output();
void print_json(const ordered_json& json);
/// "note: " and `text`, on standard error, made printable.
void note(std::string_view text);
/// "error: " and `text`, on standard error, made printable.
void print_error(std::string_view text);

enum class Colour : uint8_t { red, green, cyan, bold, dim };

/// Colours for one stream: none unless it is a terminal, and none if NO_COLOR is set.
class Style {
 public:
  Style() = default;  ///< no colours
  explicit Style(std::FILE* stream);
  std::string operator()(Colour colour, std::string_view text) const;

 private:
  bool on_ = false;
};

bool is_terminal(std::FILE* stream);

/// Columns of text, two blanks apart.
class Table {
 public:
  /// `alignment` has a letter for each column: l or r.
  Table(std::vector<std::string> head, std::string alignment);
  /// Cells may have text out of files in them: they are made printable.
  void add(std::vector<std::string> row);
  std::string text(const Style& style) const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the first is the head
  std::string alignment_;
};

/// "1,050,624"
std::string grouped(int64_t number);
/// The share of each in their sum, "33.3 %": as printed, they are 100.0 % together.
std::vector<std::string> percentages(const std::vector<double>& parts);
/// "1 layer", "2 layers", "1,000 layers"
std::string counted(int64_t number, std::string_view what);
/// `text` as one line that is safe to show: control characters and broken UTF-8 become "?".
std::string printable(std::string_view text);
/// The same for several lines.
std::string printable_lines(std::string_view text);
/// The message of an error, printable; where it speaks of C++, this says what the program can do.
std::string message_text(std::string_view text);
/// Characters in UTF-8.
size_t length(std::string_view text);

}  // namespace wick::cli
