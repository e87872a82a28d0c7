// JSON in which every value knows where it stands in the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wick/error.h"

namespace wick::nn::model {

struct JsonMember;

/// A JSON value and the bytes [begin, end) of the text that it was read from.
struct JsonValue {
  enum class Kind : uint8_t { null, boolean, integer, real, string, array, object };

  JsonValue(Kind what = Kind::null);

  Kind kind;
  bool boolean = false;
  size_t begin = 0;
  size_t end = 0;
  int64_t integer = 0;
  double real = 0;
  std::string text;                 ///< of a string
  std::vector<JsonValue> items;     ///< of an array
  std::vector<JsonMember> members;  ///< of an object, in the order of the text

  bool is(Kind k) const { return kind == k; }
  /// The last member of that name, or null.
  const JsonMember* find(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  size_t begin = 0;  ///< of the key
  JsonValue value;
};

inline JsonValue::JsonValue(Kind what) : kind(what) {}

using Problem = ModelFileError::Problem;

/// What is wrong with a model file, with places. Remembers the first ones only: a file of
/// mistakes must not become a message of gigabytes.
class Problems {
 public:
  /// `name` is what the messages call the file.
  Problems(std::string name, std::string_view text);

  /// Notes a problem at byte `offset`, once.
  void add(size_t offset, std::string pointer, Problem problem);
  void add(size_t offset, std::string pointer, std::string message);
  size_t count() const { return count_; }
  /// True when no more are remembered, so that nobody needs to look for suggestions.
  bool full() const { return found_.size() >= most; }
  /// Throws ModelFileError, sorted by place, if there is anything to tell.
  void throw_if_any();

 private:
  static constexpr size_t most = 100;

  std::string name_;
  std::string_view text_;
  std::vector<size_t> lines_;  // where each line begins
  std::vector<Problem> found_;
  size_t count_ = 0;
};

/// Parses `text`. A syntax error, a repeated key, and a text beyond the limits on nesting and the
/// number of values are told to `problems`; then what comes back is not complete.
JsonValue parse_json(std::string_view text, Problems& problems);

/// `pointer` followed by "/key", escaped as RFC 6901 says; a very long key is shortened.
std::string child_pointer(std::string_view pointer, std::string_view key);
std::string child_pointer(std::string_view pointer, size_t index);

/// The value as it stands in the text, shortened if it is long.
std::string shown(const JsonValue& value, std::string_view text);

/// `name` between quotes, escaped as in JSON, shortened if it is long.
std::string quoted_name(std::string_view name);

}  // namespace wick::nn::model
