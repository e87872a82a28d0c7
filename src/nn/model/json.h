// JSON to be written.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace wick::nn::model {

/// A JSON value that is made, not read: `Json{{"type", "GELU"}, {"sizes", {1, 2}}}` is an object,
/// as every list of pairs that begin with a text. (nlohmann's values are not used for what is
/// written: their destructor allocates, and without memory that ends the process.)
class Json {
 public:
  enum class Kind : uint8_t { null, boolean, integer, real, string, raw, array, object };

  Json() = default;
  Json(std::nullptr_t) {}
  Json(std::same_as<bool> auto value) : kind_(Kind::boolean), integer_(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Json(T value)
      : kind_(Kind::integer), integer_(static_cast<int64_t>(value)) {}
  Json(double value) : kind_(Kind::real), real_(value) {}
  Json(const char* text) : kind_(Kind::string), text_(text) {}
  Json(std::string_view text) : kind_(Kind::string), text_(text) {}
  Json(std::string text) : kind_(Kind::string), text_(std::move(text)) {}
  Json(std::initializer_list<Json> items);
  template <class T>
  Json(const std::vector<T>& items) : kind_(Kind::array), items_(items.begin(), items.end()) {}

  static Json array() { return Json(Kind::array); }
  static Json object() { return Json(Kind::object); }
  /// What `text` says, member by member; numbers stay as they are written. Throws ModelFileError if
  /// it is not JSON, has a key twice, or is beyond the limits of model files.
  static Json parsed(std::string_view text);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }
  bool is_structured() const { return is_array() || is_object(); }
  bool empty() const { return items_.empty(); }
  /// Of an array, or the values of an object.
  const std::vector<Json>& items() const { return items_; }
  /// Of an object, one for each of items().
  const std::vector<std::string>& keys() const { return keys_; }

  /// The value of that key, or null.
  const Json* find(std::string_view key) const;
  /// The same; made if it is not there. (Looks through all: objects here have few keys.)
  Json& operator[](std::string_view key);
  void push_back(Json value);
  /// Adds a key that is not there yet.
  void add(std::string key, Json value);
  /// Puts the entries of another object behind these.
  void append(Json object);
  bool operator==(const Json& other) const;

  /// On one line. Throws ValueError for text that is not UTF-8.
  std::string dump() const;
  /// Of a key, the same.
  static std::string dump_text(const std::string& text);

 private:
  explicit Json(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::null;
  int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;  // of strings, and of numbers as they were written
  std::vector<Json> items_;
  std::vector<std::string> keys_;
};

}  // namespace wick::nn::model
