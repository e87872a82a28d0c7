// The fields of a CSV text, one after the other.
#pragma once

#include <string>
#include <string_view>

namespace wick::data::csv {

struct Field {
  std::string_view text;  // without the blanks and quotes around it
  const char* at;         // where it begins, quote included
  bool last;              // of its line
};

/// Goes through a text; remembers no more than where it is.
class Scanner {
 public:
  /// `name` is what messages call the text.
  Scanner(std::string_view text, char delimiter, std::string_view name);

  /// Goes to the next line that is not blank; false if there is none.
  bool find_line();
  /// Leaves out the rest of this line; false at the end of the text.
  bool skip_line();
  /// The next field of this line, which has one. After the last one the scanner is on the next
  /// line. Throws FileError for quotes that do not close.
  Field next();

  const char* position() const { return at_; }
  void set_position(const char* at) { at_ = at; }
  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
  /// Where the line that `field` is the last one of ends.
  const char* line_end(const Field& field) const;

  /// Throws FileError: "name:line:column: message".
  [[noreturn]] void fail(const char* at, const std::string& message) const;
  /// Throws FileError: "name: message".
  [[noreturn]] void fail(const std::string& message) const;

 private:
  bool is_blank(char c) const { return c == ' ' || c == '\r' || (c == '\t' && delimiter_ != '\t'); }
  bool separates(char c) const { return c == delimiter_ || (delimiter_ == ' ' && c == '\t'); }
  void skip_blanks();
  std::string_view quoted();
  std::string_view unquoted();
  bool pass_separator();

  const char* begin_;
  const char* at_;
  const char* end_;
  char delimiter_;
  std::string_view name_;
};

/// `text` in double quotes on one line that is safe to show: cut after 40 characters, control
/// characters and what is not ASCII or UTF-8 as "?".
std::string quoted(std::string_view text);

}  // namespace wick::data::csv
