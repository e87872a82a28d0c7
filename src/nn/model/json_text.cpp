#include "nn/model/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "text/utf8.h"
#include "wick/format.h"
#include "wick/nn/model_file.h"

namespace wick::nn::model {
namespace {

using Kind = JsonValue::Kind;

/// What the parser reads from: it leaves a note of how far the parser has come.
class Reader {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Reader() = default;
  Reader(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  const char& operator*() const { return *at_; }
  Reader& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  Reader operator++(int) {
    Reader before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Reader& a, const Reader& b) { return a.at_ == b.at_; }

 private:
  const char* at_ = nullptr;
  const char** furthest_ = nullptr;
};

/// Text in two bytes a letter, or in four.
bool is_utf16(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  return text.size() >= 4 && (text[0] == '\0') != (text[1] == '\0') &&
         (text[2] == '\0') == (text[0] == '\0') && (text[3] == '\0') == (text[1] == '\0');
}

/// What is wrong with the bytes, whatever they say; the place is left in `at`.
std::string wrong_bytes(std::string_view text, size_t& at) {
  at = 0;
  if (is_utf16(text)) return "the text is UTF-16, a model file is UTF-8: save it in that encoding";
  at = text.find('\0');
  if (at == text.npos) return "";
  const size_t zeros = text.size() - at;
  if (text.find_first_not_of('\0', at) == text.npos)
    return fmt::format(
        "the file ends in {} NUL byte{}: it seems truncated and padded, as a crash or a full disk "
        "leaves it; restore it from a copy",
        zeros, zeros == 1 ? "" : "s");
  return "a NUL byte, which JSON does not have: the file seems damaged, or is not text";
}

/// Without nlohmann's "[json.exception.parse_error.101] parse error at line 1, column 8: ".
std::string plain_message(std::string text) {
  if (const size_t bracket = text.find("] "); text.starts_with('[') && bracket != text.npos)
    text.erase(0, bracket + 2);
  if (text.starts_with("parse error at "))
    if (const size_t colon = text.find(": "); colon != text.npos) text.erase(0, colon + 2);
  for (size_t at; (at = text.find("; last read: ")) != text.npos;) {
    const size_t end = text.find("; expected", at);
    text.erase(at, end == text.npos ? text.npos : end - at);
  }
  text = shortened(without_controls(text), longest_syntax_text);  // it may have a number in it
  return text.starts_with("syntax error") ? text : "syntax error: " + text;
}

/// Receives the parser's events and builds the tree. An event comes when the parser has read the
/// last byte of its token (of a number, sometimes one more).
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(std::string_view text, Problems& problems)
      : text_(text),
        problems_(problems),
        last_end_(text.starts_with(utf8::mark) ? utf8::mark.size() : 0) {}

  const char* furthest = nullptr;
  JsonValue root;

  bool null() override { return leaf(Kind::null); }
  bool boolean(bool value) override {
    JsonValue result(Kind::boolean);
    result.boolean = value;
    return leaf(std::move(result));
  }
  bool number_integer(number_integer_t value) override {
    JsonValue result(Kind::integer);
    result.integer = value;
    return leaf(std::move(result));
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value <= static_cast<number_unsigned_t>(INT64_MAX))
      return number_integer(static_cast<number_integer_t>(value));
    return number_float(static_cast<double>(value), {});
  }
  bool number_float(number_float_t value, const string_t&) override {
    JsonValue result(Kind::real);
    result.real = value;
    return leaf(std::move(result));
  }
  bool string(string_t& value) override {
    JsonValue result(Kind::string);
    result.text = std::move(value);
    return leaf(std::move(result));
  }
  bool binary(binary_t&) override { return false; }  // JSON has none
  bool start_object(size_t) override { return open(Kind::object); }
  bool start_array(size_t) override { return open(Kind::array); }
  bool end_object() override {
    const bool unique = report_repeated_keys(*open_.back());
    return close() && unique;
  }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    JsonValue& object = *open_.back();
    object.members.push_back({std::move(name), token_begin(), {}});
    last_end_ = offset();
    return true;
  }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // The parser tells how far it has read. What it stumbled over begins behind the last token,
    // but in a string it is the very last byte.
    std::string message = plain_message(error.what());
    const size_t last = std::min(position, text_.size()) - (position > 0 && !at_end(position));
    const bool in_string = message.find("invalid string") != message.npos;
    const size_t at = in_string ? last : std::min(token_begin(), last);
    if (!in_string && at < text_.size() && text_[at] == '\x1A')
      message = "a byte 0x1A (Ctrl-Z), with which DOS ended files: remove it";
    problems_.add(at, pointer(), std::move(message));
    return false;
  }

 private:
  size_t offset() const { return static_cast<size_t>(furthest - text_.data()); }

  /// Where the token begins that the parser has just read: behind the last one and what separates
  /// them.
  bool at_end(size_t position) const { return position > text_.size(); }

  size_t token_begin() const { return text_.find_first_not_of(" \t\r\n,:", last_end_); }

  size_t token_end(const JsonValue& value) const {
    if (!value.is(Kind::integer) && !value.is(Kind::real)) return offset();
    return std::min(text_.find_first_not_of("+-.0123456789eE", value.begin), text_.size());
  }

  JsonValue& place() {
    if (open_.empty()) return root;
    JsonValue& parent = *open_.back();
    if (parent.is(Kind::object)) return parent.members.back().value;
    return parent.items.emplace_back();
  }

  bool leaf(JsonValue value) {
    value.begin = token_begin();
    value.end = last_end_ = token_end(value);
    if (++values_ > max_model_values) {
      problems_.add(value.begin, pointer(),
                    fmt::format("the file has more values than the limit of {}", max_model_values));
      return false;
    }
    place() = std::move(value);
    return true;
  }

  bool open(JsonValue value) {
    if (open_.size() >= static_cast<size_t>(max_model_nesting)) {
      problems_.add(token_begin(), "",
                    fmt::format("the nesting is deeper than the limit of {}", max_model_nesting));
      return false;
    }
    if (!leaf(std::move(value))) return false;
    JsonValue* parent = open_.empty() ? nullptr : open_.back();
    if (!parent)
      open_.push_back(&root);
    else
      open_.push_back(parent->is(Kind::object) ? &parent->members.back().value
                                               : &parent->items.back());
    return true;
  }

  bool close() {
    open_.back()->end = last_end_ = offset();
    open_.pop_back();
    return true;
  }

  /// False when there are too many to tell.
  bool report_repeated_keys(const JsonValue& object) {
    // Sorted, not hashed: nobody can choose keys that make this slow.
    std::vector<const JsonMember*> sorted;
    for (const JsonMember& member : object.members) sorted.push_back(&member);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->key < b->key; });
    std::vector<const JsonMember*> repeated;
    for (size_t i = 1; i < sorted.size(); ++i)
      if (sorted[i]->key == sorted[i - 1]->key) repeated.push_back(sorted[i]);
    std::sort(repeated.begin(), repeated.end());  // in the order of the text
    for (const JsonMember* member : repeated) {
      if (problems_.full())
        problems_.add_silently();
      else
        problems_.add(
            member->begin, child_pointer(pointer(), member->key),
            fmt::format("the key {} is there twice in this object", quoted_name(member->key)));
    }
    return !problems_.full();
  }

  /// Of the innermost value that is not complete.
  std::string pointer() const {
    std::string result;
    for (const JsonValue* value : open_) {
      if (value->is(Kind::object) && !value->members.empty())
        result = child_pointer(result, value->members.back().key);
      else if (value->is(Kind::array) && !value->items.empty())
        result = child_pointer(result, value->items.size() - 1);
    }
    if (!open_.empty() && (open_.back()->members.size() + open_.back()->items.size()) > 0)
      result.erase(result.rfind('/'));
    return result;
  }

  std::string_view text_;
  Problems& problems_;
  std::vector<JsonValue*> open_;  // from the root inwards; only the last one grows
  size_t last_end_;
  int64_t values_ = 0;
};

}  // namespace

const JsonMember* JsonValue::find(std::string_view key) const {
  for (auto it = members.rbegin(); it != members.rend(); ++it)
    if (it->key == key) return &*it;
  return nullptr;
}

JsonValue parse_json(std::string_view text, Problems& problems) {
  size_t place = 0;
  if (std::string wrong = wrong_bytes(text, place); !wrong.empty()) {
    problems.add(place, "", std::move(wrong));
    return {};
  }
  TreeBuilder builder(text, problems);
  builder.furthest = text.data();
  const Reader begin(text.data(), &builder.furthest);
  const Reader end(text.data() + text.size(), &builder.furthest);
  nlohmann::json::sax_parse(begin, end, &builder);
  return std::move(builder.root);
}

std::string shown(const JsonValue& value, std::string_view text) {
  if (value.is(Kind::object)) return "an object";
  const std::string_view raw = text.substr(value.begin, value.end - value.begin);
  if (raw.size() > longest_shown && value.is(Kind::array)) return "a list";
  return without_controls(shortened(raw, longest_shown));
}

}  // namespace wick::nn::model
