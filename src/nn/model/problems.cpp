#include "nn/model/problems.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "text/utf8.h"
#include "wick/format.h"

namespace wick::nn::model {
Problems::Problems(std::string name, std::string_view text) : name_(std::move(name)), text_(text) {}

void Problems::add(size_t offset, std::string pointer, Problem problem) {
  const auto same = [&](const Found& f) {
    return f.offset == offset && f.problem.message == problem.message;
  };
  if (std::any_of(found_.begin(), found_.end(), same)) return;
  ++count_;
  if (full()) return;
  if (pointer.size() > longest_pointer) {
    const size_t tail = pointer.find('/', pointer.size() - longest_pointer / 2);
    pointer = shortened(pointer, longest_pointer / 2) +
              (tail == pointer.npos ? "" : pointer.substr(tail));
  }
  problem.file = name_;
  problem.pointer = std::move(pointer);
  found_.push_back({offset, std::move(problem)});
}

void Problems::add(size_t offset, std::string pointer, std::string message) {
  Problem problem;
  problem.message = std::move(message);
  add(offset, std::move(pointer), std::move(problem));
}

/// Lines and columns, in one pass through the text.
void Problems::find_places() {
  size_t at = text_.starts_with(utf8::mark) ? utf8::mark.size() : 0;
  int64_t line = 1;
  int64_t column = 1;
  for (Found& found : found_) {
    for (; at < std::min(found.offset, text_.size()); ++at) {
      if (text_[at] == '\n') {
        ++line;
        column = 1;
      } else {
        column += !utf8::continues(text_[at]);
      }
    }
    found.problem.line = line;
    found.problem.column = column;
  }
}

void Problems::throw_if_any() {
  if (found_.empty()) return;
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Found& a, const Found& b) { return a.offset < b.offset; });
  find_places();
  std::vector<Problem> problems;
  for (Found& found : found_) problems.push_back(std::move(found.problem));
  throw ModelFileError(std::move(problems), static_cast<int64_t>(count_));
}

std::string child_pointer(std::string_view pointer, std::string_view key) {
  constexpr size_t longest = 100;
  std::string result(pointer);
  result += '/';
  for (const char c : without_controls(shortened(key, longest))) {
    if (c == '~')
      result += "~0";
    else if (c == '/')
      result += "~1";
    else
      result += c;
  }
  return result;
}
std::string child_pointer(std::string_view pointer, size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

std::string shortened(std::string_view text, size_t longest) {
  if (text.size() <= longest) return std::string(text);
  return std::string(utf8::prefix(text, longest)) + "...";
}

std::string without_controls(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t size = utf8::control(text);
    const auto last = static_cast<unsigned char>(text[size == 2 ? 1 : 0]);
    if (size == 0)
      result += text[0];
    else if (last == '\n' || last == '\r' || last == '\t')
      result += ' ';
    else
      result += fmt::format("\\u{:04x}", last);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return result;
}

std::string quoted_name(std::string_view name, size_t longest) {
  using nlohmann::json;
  return without_controls(
      json(shortened(name, longest)).dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace wick::nn::model
