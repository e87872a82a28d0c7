#include "nn/model/weights.h"

#include <cmath>

#include "nn/near_names.h"
#include "nn/python_text.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/io/state.h"
#include "wick/ops.h"

namespace wick::nn::model {
namespace {

constexpr std::string_view pointer_to_weights = "/weights";

/// What does not fit between the tensors of a model and those of a file, a line for each.
std::vector<std::string> differences(const StateDict& model, const StateDict& file) {
  std::vector<std::string> lines, missing, unexpected;
  for (const auto& [name, tensor] : model)
    if (!file.contains(name)) missing.push_back(name);
  for (const auto& [name, tensor] : file)
    if (!model.contains(name)) unexpected.push_back(name);
  for (const std::string& name : missing)
    lines.push_back(fmt::format("has no \"{}\" of shape {}{}", name, model[name].shape(),
                                did_you_mean(name, unexpected)));
  for (const std::string& name : unexpected)
    lines.push_back(fmt::format("has {}, which the model does not have{}", quoted_name(name),
                                did_you_mean(name, missing)));
  for (const auto& [name, tensor] : model) {
    if (!file.contains(name)) continue;
    const Tensor& found = file[name];
    if (found.shape() != tensor.shape())
      lines.push_back(fmt::format("\"{}\" has shape {}, the model's has shape {}", name,
                                  found.shape(), tensor.shape()));
    else if (found.dtype() != tensor.dtype())
      lines.push_back(
          fmt::format("\"{}\" is {}, the model's is {}", name, found.dtype(), tensor.dtype()));
  }
  return lines;
}

/// The one tensor in the file.
Tensor only_tensor(const std::string& path) {
  const StateDict state = io::load_state(path);
  if (state.size() != 1)
    throw FileError(fmt::format("{}: a test needs a file with one tensor, this one has {}", path,
                                state.size()));
  return state.begin()->second;
}

/// "[0, 3, 511]": the place of the element at `flat` in row-major order.
std::string position_text(const Shape& shape, int64_t flat) {
  Shape position = shape;
  for (size_t d = shape.size(); d-- > 0;) {
    position.begin()[d] = flat % shape.begin()[d];
    flat /= shape.begin()[d];
  }
  return position.to_string();
}

/// "" if `y` is close enough to `want`; else how they differ.
std::string difference(const Tensor& y, const Tensor& want, const ModelTest& test) {
  if (y.shape() != want.shape())
    return fmt::format("the output has shape {}, {} has shape {}", y.shape(), test.output,
                       want.shape());
  const std::vector<double> got = y.to_vector<double>();
  const std::vector<double> wanted = want.to_vector<double>();
  int64_t wrong = 0;
  size_t worst = 0;
  double largest = -1;
  for (size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == wanted[i] || (std::isnan(got[i]) && std::isnan(wanted[i]));
    if (same || std::abs(got[i] - wanted[i]) <= test.atol + test.rtol * std::abs(wanted[i]))
      continue;
    ++wrong;
    const double distance = std::abs(got[i] - wanted[i]);
    const double size = std::isnan(distance) ? INFINITY : distance;
    if (size > largest) {
      largest = size;
      worst = i;
    }
  }
  if (wrong == 0) return "";
  return fmt::format(
      "{} of {} elements of the output are off by more than atol={} and rtol={} allow; the worst "
      "is {}: {} instead of {}, off by {:.3g}",
      wrong, got.size(), python_text(test.atol), python_text(test.rtol),
      position_text(y.shape(), static_cast<int64_t>(worst)), python_text(got[worst]),
      python_text(wanted[worst]), got[worst] - wanted[worst]);
}

/// Eval mode while it lives; then each module is in the mode that it was in.
class EvalScope {
 public:
  explicit EvalScope(Module& model) {
    for (Module* m : model.modules()) modes_.emplace_back(m, m->training());
    model.eval();
  }
  ~EvalScope() {
    // train() reaches all that is below, so outer ones, which are listed first, go first.
    for (const auto& [m, training] : modes_) m->train(training);
  }
  EvalScope(const EvalScope&) = delete;
  EvalScope& operator=(const EvalScope&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> modes_;
};

}  // namespace

std::string resolve(const std::string& directory, const std::string& path) {
  if (directory.empty() || path.starts_with('/')) return path;
  return directory.ends_with('/') ? directory + path : directory + "/" + path;
}

void load_weights(Module& model, const std::string& path, const JsonValue& place,
                  Problems& problems) {
  const std::string pointer(pointer_to_weights);
  try {
    const StateDict state = io::load_state(path);
    const std::vector<std::string> lines = differences(model.state_dict(), state);
    for (const std::string& line : lines)
      problems.add(place.begin, pointer, fmt::format("{} {}", path, line));
    if (lines.empty()) model.load_state_dict(state, {.assign = true});
  } catch (const Error& error) {
    problems.add(place.begin, pointer, error.what());
  }
}

void run_test(Module& model, const ModelTest& test, const std::string& directory,
              const JsonValue& place, const std::string& pointer, Problems& problems) {
  const NoGradGuard no_grad;
  const EvalScope eval(model);
  try {
    const Tensor x = only_tensor(resolve(directory, test.input));
    const Tensor want = only_tensor(resolve(directory, test.output));
    const std::string text = difference(model(x), want, test);
    if (!text.empty()) problems.add(place.begin, pointer, text);
  } catch (const std::exception& error) {
    problems.add(place.begin, pointer, fmt::format("the test cannot be run: {}", error.what()));
  }
}

}  // namespace wick::nn::model
