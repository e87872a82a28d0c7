#include "wick/nn/model_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace wick {

namespace {

std::string all_of(const std::vector<ModelFileError::Problem>& problems, int64_t count) {
  std::vector<std::string> lines;
  for (const auto& problem : problems) lines.push_back(problem.to_string());
  const auto shown = static_cast<int64_t>(problems.size());
  if (count > shown) lines.push_back(fmt::format("... and {} more", count - shown));
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace

std::string ModelFileError::Problem::to_string() const {
  std::vector<std::string> parts;
  if (!file.empty() && line > 0)
    parts.push_back(fmt::format("{}:{}:{}", file, line, column));
  else if (!file.empty())
    parts.push_back(file);
  if (!pointer.empty()) parts.push_back(pointer);
  parts.push_back(message);
  return fmt::format("{}", fmt::join(parts, ": "));
}

ModelFileError::ModelFileError(std::vector<Problem> problems, int64_t count)
    : FileError(all_of(problems, count)),
      problems_(std::make_shared<const std::vector<Problem>>(std::move(problems))),
      count_(std::max(count, static_cast<int64_t>(problems_->size()))) {}
ModelFileError::~ModelFileError() = default;

}  // namespace wick
