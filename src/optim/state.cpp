#include "wick/optim/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "wick/error.h"
#include "wick/format.h"
#include "wick/ops.h"

namespace wick::optim {
namespace {

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

bool is_whole(double value) { return std::abs(value) < 0x1p63 && std::trunc(value) == value; }

}  // namespace

void StateReader::fail(std::string problem) { problems_.push_back(std::move(problem)); }

void StateReader::then(Callback<void()> action) { actions_.push_back(std::move(action)); }

const Tensor* StateReader::take(const std::string& name) {
  used_.push_back(name);
  if (!has(name)) {
    missing_.push_back(name);
    return nullptr;
  }
  const Tensor& found = (*state_)[name];
  if (found.defined() && !found.is_meta()) return &found;
  fail(fmt::format("\"{}\" is {}", name, found.defined() ? "on the meta device" : "undefined"));
  return nullptr;
}

void StateReader::wrong_shape(const std::string& name, const Tensor& found,
                              const std::string& wanted) {
  fail(fmt::format("size mismatch for {}: the shape in the state dict is {}, expected {}.", name,
                   found.shape(), wanted));
}

std::vector<double> StateReader::numbers(const std::string& name) {
  const Tensor* found = take(name);
  if (!found) return {};
  if (found->dim() > 1) {
    wrong_shape(name, *found, "at most one dimension");
    return {};
  }
  return found->detach().to(float64).to_vector<double>();
}

Tensor StateReader::tensor(const std::string& name, const Shape& shape, bool optional) {
  if (optional && !has(name)) return {};
  const Tensor* found = take(name);
  if (!found) return {};
  if (found->shape() != shape)
    wrong_shape(name, *found, shape.to_string());
  else if (!found->is_floating_point())
    fail(fmt::format("{} is {}, expected floating point numbers.", name, found->dtype()));
  else
    return *found;
  return {};
}

void StateReader::read(const std::string& prefix, const Option& option) {
  const std::string name = prefix + std::string(option.name());
  const Tensor* found = take(name);
  if (!found) return;
  const bool is_row = option.kind() >= Option::Kind::text;
  if (found->dim() > 1 || (!is_row && found->numel() != 1))
    return wrong_shape(name, *found, is_row ? "one dimension" : "[]");
  const std::vector<double> values = found->detach().to(float64).to_vector<double>();
  switch (option.kind()) {
    case Option::Kind::number:
      option.number() = values[0];
      return;
    case Option::Kind::integer:
      if (found->is_floating_point() && !is_whole(values[0]))
        return fail(fmt::format("{} is {}, expected an integer.", name, values[0]));
      // Not through double, which has not all of them.
      option.integer() = found->detach().to(int64).item<int64_t>();
      return;
    case Option::Kind::boolean:
      if (values[0] != 0 && values[0] != 1)
        return fail(fmt::format("{} is {}, expected a bool.", name, values[0]));
      option.boolean() = values[0] != 0;
      return;
    case Option::Kind::text:
      option.text().clear();
      for (const double byte : values) {
        if (!(byte >= 0 && byte <= 127)) return fail(fmt::format("{} is no text.", name));
        option.text() += static_cast<char>(byte);
      }
      return;
    case Option::Kind::pair:
      if (values.size() != 2) return wrong_shape(name, *found, "[2]");
      option.pair() = {values[0], values[1]};
      return;
    case Option::Kind::list:
      if (values.size() != option.list().size())
        return wrong_shape(name, *found, fmt::format("[{}]", option.list().size()));
      option.list() = values;
      return;
  }
}

void StateReader::finish(std::string_view what) {
  std::vector<std::string> unexpected;
  std::sort(used_.begin(), used_.end());
  for (const auto& [name, tensor] : *state_)
    if (!std::binary_search(used_.begin(), used_.end(), name)) unexpected.push_back(name);
  if (!unexpected.empty())
    problems_.insert(problems_.begin(),
                     fmt::format("Unexpected key(s) in state_dict: {}. ", quoted(unexpected)));
  if (!missing_.empty())
    problems_.insert(problems_.begin(),
                     fmt::format("Missing key(s) in state_dict: {}. ", quoted(missing_)));
  if (!problems_.empty()) {
    std::string text = fmt::format("Error(s) in loading state_dict for {}:", what);
    for (const std::string& problem : problems_) text += "\n\t" + problem;
    throw ValueError(text);
  }
  for (const auto& action : actions_) action();
}

}  // namespace wick::optim
