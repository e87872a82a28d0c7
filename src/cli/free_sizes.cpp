#include "cli/free_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cli/model.h"
#include "wick/nn/summary.h"

namespace wick::cli {
namespace {

/// The free sizes by name, and what they are in the two trials: primes, so that products of them
/// can be told apart.
struct FreeSize {
  std::string name;
  int64_t first;
  int64_t second;
};

std::vector<FreeSize> free_sizes(const std::vector<nn::InputSize>& input) {
  constexpr std::array<int64_t, 2 * Shape::max_rank> primes{
      101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179,
      181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269};
  std::vector<FreeSize> sizes;
  for (const nn::InputSize& size : input) {
    const bool known = std::any_of(sizes.begin(), sizes.end(),
                                   [&](const FreeSize& s) { return s.name == size.name; });
    if (size.name.empty() || known) continue;
    sizes.push_back({size.name, primes[sizes.size()], primes[sizes.size() + Shape::max_rank]});
  }
  return sizes;
}

/// What is left of `size` without its factor `divisor`, how often it has it.
int64_t take_out(int64_t& size, int64_t divisor) {
  int64_t times = 0;
  for (; size > 0 && size % divisor == 0; size /= divisor) ++times;
  return times;
}

/// One size, as it was in the two trials.
std::string size_text(int64_t first, int64_t second, const std::vector<FreeSize>& free) {
  if (first == second) return std::to_string(first);
  std::string product;
  int64_t a = first;
  int64_t b = second;
  bool same = true;
  for (const FreeSize& size : free) {
    const int64_t times = take_out(a, size.first);
    same = same && times == take_out(b, size.second);
    for (int64_t i = 0; i < times; ++i) product += (product.empty() ? "" : " * ") + size.name;
  }
  if (same && a == b) return (a == 1 ? "" : fmt::format("{} * ", a)) + product;
  for (const FreeSize& size : free) {
    const int64_t more = first - size.first;
    if (more == second - size.second)
      return fmt::format("{} {} {}", size.name, more < 0 ? '-' : '+', std::abs(more));
  }
  return "?";
}

Shape trial_shape(const std::vector<nn::InputSize>& input, const std::vector<FreeSize>& free,
                  int64_t FreeSize::*trial) {
  Shape shape;
  for (const nn::InputSize& size : input) {
    int64_t number = size.size;
    for (const FreeSize& s : free)
      if (s.name == size.name) number = s.*trial;
    shape.push_back(number);
  }
  return shape;
}

}  // namespace

std::string named_shape(const std::vector<nn::InputSize>& input) {
  std::string text;
  for (const nn::InputSize& size : input)
    text +=
        (text.empty() ? "" : ", ") + (size.name.empty() ? std::to_string(size.size) : size.name);
  return "[" + text + "]";
}

std::map<std::string, std::string> named_outputs(const nn::ModelFile& file) {
  const std::vector<FreeSize> free = free_sizes(*file.input);
  const auto rows = [&](int64_t FreeSize::*trial) {
    return nn::summary(*file.model, trial_shape(*file.input, free, trial), input_dtype(file)).rows;
  };
  const auto first = rows(&FreeSize::first);
  const auto second = rows(&FreeSize::second);
  std::map<std::string, std::string> result;
  for (size_t i = 0; i < first.size(); ++i) {
    if (!first[i].output || !second[i].output) continue;
    const std::vector<int64_t> a = first[i].output->to_vector();
    const std::vector<int64_t> b = second[i].output->to_vector();
    if (a.size() != b.size()) continue;
    std::string text;
    for (size_t d = 0; d < a.size(); ++d)
      text += (d == 0 ? "" : ", ") + size_text(a[d], b[d], free);
    result[first[i].name] = "[" + text + "]";
  }
  return result;
}

}  // namespace wick::cli
