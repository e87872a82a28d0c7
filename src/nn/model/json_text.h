// JSON in which every value knows where it stands in the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nn/model/problems.h"

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

/// Parses `text`. A syntax error, a text that is not UTF-8 or has a NUL in it, a repeated key, and
/// a text beyond the limits on nesting and the number of values are told to `problems`; then what
/// comes back is not complete.
JsonValue parse_json(std::string_view text, Problems& problems);

/// The value as it stands in the text, on one line, shortened if it is long.
std::string shown(const JsonValue& value, std::string_view text);

}  // namespace wick::nn::model
