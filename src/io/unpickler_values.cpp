#include <fmt/format.h>

#include <charconv>

#include "io/unpickler.h"
#include "text/utf8.h"

namespace wick::io {
namespace {

/// The hexadecimal digits at `at`, or more than any character is if they are not there.
uint32_t hexadecimal(std::string_view text, size_t at, size_t digits) {
  uint32_t code = 0;
  if (at + digits > text.size()) return UINT32_MAX;
  const char* end = text.data() + at + digits;
  const auto [stopped, error] = std::from_chars(text.data() + at, end, code, 16);
  return error == std::errc() && stopped == end ? code : UINT32_MAX;
}

}  // namespace

PickleRef Unpickler::make(PickleValue value) {
  if (pickle_.values.size() >= pickle_max_values)
    pickle_.file->fail(
        fmt::format("a pickle with more than {} values, which is the limit; save only "
                    "model.state_dict()",
                    pickle_max_values));
  pickle_.values.push_back(std::move(value));
  return static_cast<PickleRef>(pickle_.values.size() - 1);
}

void Unpickler::push(PickleRef value) { stack_.push_back(value); }

void Unpickler::push_new(PickleKind kind, std::string_view text, int64_t number) {
  push(make({.kind = kind, .number = number, .text = text}));
}

void Unpickler::push_items(PickleKind kind, std::vector<PickleRef> items) {
  push(make({.kind = kind, .items = std::move(items)}));
}

void Unpickler::push_decimal(std::string_view digits) {
  if (digits == "00" || digits == "01") return push(digits == "01" ? ref_true : ref_false);
  if (digits.ends_with('L')) digits.remove_suffix(1);
  int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (error == std::errc() && stopped == end) return push_new(PickleKind::integer, {}, value);
  if (error != std::errc::result_out_of_range) fail("a number with other things than digits");
  push_new(PickleKind::other, digits);
}

void Unpickler::push_real(std::string_view digits) {
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (error == std::errc::invalid_argument || stopped != end)
    fail("a number with other things than digits");
  push_new(PickleKind::real, {}, std::bit_cast<int64_t>(value));
}

void Unpickler::push_long(std::string_view bytes) {
  if (bytes.size() > sizeof(int64_t)) return push_new(PickleKind::other, bytes);
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
  if (negative && bytes.size() < sizeof(int64_t)) value |= ~uint64_t{0} << (8 * bytes.size());
  push_new(PickleKind::integer, {}, static_cast<int64_t>(value));
}

void Unpickler::push_unescaped(std::string_view text, bool unicode) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const size_t digits = !unicode && next == 'x' ? 2
                          : !unicode              ? 0
                          : next == 'u'           ? 4
                          : next == 'U'           ? 8
                                                  : 0;
    if (byte != '\\' || (unicode && digits == 0)) {
      utf8::append(result, byte);  // the bytes of both are Latin-1
      continue;
    }
    constexpr std::string_view letters = "\\'\"nrt";
    constexpr std::string_view meant = "\\'\"\n\r\t";
    uint32_t code = UINT32_MAX;
    if (digits > 0)
      code = hexadecimal(text, i + 2, digits);
    else if (const size_t at = letters.find(next); at != letters.npos)
      code = static_cast<unsigned char>(meant[at]);
    if (code > 0x10FFFF) fail("a wrong escape in a string");
    utf8::append(result, code);
    i += 1 + digits;
  }
  pickle_.unescaped.push_back(std::move(result));
  push_new(PickleKind::text, pickle_.unescaped.back());
}

PickleRef Unpickler::pop() {
  if (stack_.size() == (marks_.empty() ? 0 : marks_.back())) fail("nothing is on the stack");
  const PickleRef value = stack_.back();
  stack_.pop_back();
  return value;
}

std::vector<PickleRef> Unpickler::pop_to_mark() {
  if (marks_.empty()) fail("a mark is missing");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleRef> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

std::vector<PickleRef> Unpickler::pop_pairs() {
  std::vector<PickleRef> items = pop_to_mark();
  if (items.size() % 2 != 0) fail("a key without a value");
  return items;
}

}  // namespace wick::io
