#include "cli/shape_text.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/usage_error.h"

namespace wick::cli {

Shape parse_shape(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return UsageError(fmt::format("\"{}\" is not a shape such as 32,100,512: {}", text, why));
  };
  std::string_view rest = text;
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  Shape shape;
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view item = rest.substr(0, rest.find_first_of(",x "));
    int64_t size = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), size);
    if (error == std::errc::result_out_of_range) throw refuse(fmt::format("{} is too large", item));
    if (error != std::errc() || end != item.data() + item.size())
      throw refuse(item.empty() ? "a size is missing" : fmt::format("{} is no size", item));
    if (size < 0) throw refuse("sizes are not negative");
    if (shape.size() == Shape::max_rank)
      throw refuse(fmt::format("there are more than {} sizes", Shape::max_rank));
    shape.push_back(size);
    rest.remove_prefix(item.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) return shape;
    if (rest.starts_with(',') || rest.starts_with('x')) rest.remove_prefix(1);
  }
}

ChosenShape choose_shape(const std::string& argument, const nn::ModelFile& file) {
  if (!argument.empty()) return {parse_shape(argument)};
  if (!file.input)
    throw UsageError(
        "the model file does not say which shape it takes: give one with --input, such as "
        "--input 32,100,512");
  ChosenShape chosen{{}, "from the model file"};
  for (const nn::InputSize& size : *file.input) {
    chosen.shape.push_back(size.name.empty() ? size.size : 1);
    if (!size.name.empty()) chosen.from = "from the model file, with 1 for each free size";
  }
  return chosen;
}

}  // namespace wick::cli
