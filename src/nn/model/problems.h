// What is wrong with a model file, and how text out of files is shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wick/nn/model_file.h"

namespace wick::nn::model {

using Problem = ModelFileError::Problem;

// What a message shows of a file: some of it, whatever the file has.
inline constexpr size_t longest_shown = 40;         ///< bytes of a value or a key
inline constexpr size_t longest_name_shown = 200;   ///< bytes of the name of a tensor
inline constexpr size_t longest_pointer = 400;      ///< bytes of a JSON pointer
inline constexpr size_t longest_syntax_text = 160;  ///< bytes of what the parser says
inline constexpr size_t most_problems_shown = 100;  ///< the others are counted

/// What is wrong with a model file, with places. Remembers the first ones only: a file of
/// mistakes must not become a message of gigabytes.
class Problems {
 public:
  /// `name` is what the messages call the file.
  Problems(std::string name, std::string_view text);

  /// Notes a problem at byte `offset`, once.
  void add(size_t offset, std::string pointer, Problem problem);
  void add(size_t offset, std::string pointer, std::string message);
  /// Counts a problem without words, for when there are enough of them.
  void add_silently() { ++count_; }
  size_t count() const { return count_; }
  /// True when no more are remembered, so that nobody needs to look for suggestions.
  bool full() const { return found_.size() >= most_problems_shown; }
  /// Throws ModelFileError, sorted by place, if there is anything to tell.
  void throw_if_any();

 private:
  struct Found {
    size_t offset;
    Problem problem;
  };
  void find_places();

  std::string name_;
  std::string_view text_;
  std::vector<Found> found_;
  size_t count_ = 0;
};

/// `pointer` followed by "/key", escaped as RFC 6901 says, control characters as in JSON; a very
/// long key is shortened.
std::string child_pointer(std::string_view pointer, std::string_view key);
std::string child_pointer(std::string_view pointer, size_t index);

/// The beginning of `text`, without cutting a character of UTF-8 in two.
std::string shortened(std::string_view text, size_t longest);

/// `text` on one line: control characters, those that terminals obey in UTF-8 too, as in JSON,
/// white space as blanks.
std::string without_controls(std::string_view text);

/// `name` between quotes, escaped as in JSON, shortened if it is long.
std::string quoted_name(std::string_view name, size_t longest = longest_shown);

}  // namespace wick::nn::model
