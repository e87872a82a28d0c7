#include "nn/model/weights.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "nn/near_names.h"
#include "nn/python_text.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/io/state.h"
#include "wick/ops.h"

namespace wick::nn::model {
namespace {

constexpr std::string_view pointer_to_weights = "/weights";

std::string quoted_tensor(std::string_view name) { return quoted_name(name, longest_name_shown); }

/// Collects what does not fit, a line for each; the first ones have words.
class Lines {
 public:
  explicit Lines(Problems& problems, std::string path, size_t place)
      : problems_(problems), path_(std::move(path)), place_(place) {}

  bool empty() const { return count_ == 0; }
  /// `text` is called for those that are told.
  template <class Text>
  void add(const Text& text) {
    ++count_;
    if (problems_.full()) return problems_.add_silently();
    problems_.add(place_, std::string(pointer_to_weights), fmt::format("{} {}", path_, text()));
  }

 private:
  Problems& problems_;
  std::string path_;
  size_t place_;
  size_t count_ = 0;
};

// To look for near names takes as long as there are names: it is done for those that are told, and
// among so many.
constexpr size_t most_candidates = 1000;

/// Tells `lines` what does not fit between the tensors of a model and those of a file.
void add_differences(const StateDict& model, const StateDict& file, Lines& lines) {
  std::vector<std::string> missing, unexpected;
  for (const auto& [name, tensor] : model)
    if (!file.contains(name)) missing.push_back(name);
  for (const auto& [name, tensor] : file)
    if (!model.contains(name)) unexpected.push_back(name);
  const auto near = [](const std::string& name, const std::vector<std::string>& names) {
    return did_you_mean(name, std::span(names).first(std::min(names.size(), most_candidates)));
  };
  for (const std::string& name : missing)
    lines.add([&] {
      return fmt::format("has no {} of shape {}{}", quoted_tensor(name), model[name].shape(),
                         near(name, unexpected));
    });
  for (const std::string& name : unexpected)
    lines.add([&] {
      return fmt::format("has {}, which the model does not have{}", quoted_tensor(name),
                         near(name, missing));
    });
  for (const auto& [key, tensor] : model) {
    if (!file.contains(key)) continue;
    const std::string& name = key;
    const Tensor& wanted = tensor;
    const Tensor& found = file[name];
    if (found.shape() != wanted.shape())
      lines.add([&] {
        return fmt::format("{} has shape {}, the model's has shape {}", quoted_tensor(name),
                           found.shape(), wanted.shape());
      });
    else if (found.dtype() != wanted.dtype())
      lines.add([&] {
        return fmt::format("{} is {}, the model's is {}", quoted_tensor(name), found.dtype(),
                           wanted.dtype());
      });
  }
}

/// A path out of a model file, as a message shows it.
std::string shown_path(const std::string& path) {
  return without_controls(shortened(path, longest_name_shown));
}

/// What an error says of the file `path`, which a model file names: it may be any file of the
/// machine, so the bytes of one that is none of weights are not shown.
std::string error_text(const std::exception& error, const std::string& path) {
  std::string text = error.what();
  if (const size_t at = text.find(": it begins with "); at != text.npos) text.resize(at);
  if (const size_t at = text.find(path); at != text.npos && !path.empty())
    text.replace(at, path.size(), shown_path(path));
  return without_controls(text);
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
    return fmt::format("the output has shape {}, {} has shape {}", y.shape(),
                       shown_path(test.output), want.shape());
  const std::vector<double> got = y.to_vector<double>();
  const std::vector<double> wanted = want.to_vector<double>();
  int64_t wrong = 0;
  size_t worst = 0;
  double largest = -1;
  for (size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == wanted[i] || (std::isnan(got[i]) && std::isnan(wanted[i]));
    const double distance = std::abs(got[i] - wanted[i]);
    // Infinity is near to nothing but itself.
    if (same ||
        (std::isfinite(distance) && distance <= test.atol + test.rtol * std::abs(wanted[i])))
      continue;
    ++wrong;
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
  explicit EvalScope(ModuleBase& model) {
    for (ModuleBase* m : model.modules()) modes_.emplace_back(m, m->training());
    model.eval();
  }
  ~EvalScope() {
    // train() reaches all that is below, so outer ones, which are listed first, go first.
    for (const auto& [m, training] : modes_) m->train(training);
  }
  EvalScope(const EvalScope&) = delete;
  EvalScope& operator=(const EvalScope&) = delete;

 private:
  std::vector<std::pair<ModuleBase*, bool>> modes_;
};

}  // namespace

std::string resolve(const std::string& directory, const std::string& path) {
  if (directory.empty() || path.starts_with('/')) return path;
  return directory.ends_with('/') ? directory + path : directory + "/" + path;
}

void load_weights(ModuleBase& model, const std::string& path, const JsonValue& place,
                  Problems& problems) {
  const std::string pointer(pointer_to_weights);
  try {
    const StateDict state = io::load_state(path);
    Lines lines(problems, shown_path(path), place.begin);
    add_differences(model.state_dict(), state, lines);
    if (lines.empty()) model.load_state_dict(state, {.assign = true});
  } catch (const Error& error) {
    problems.add(place.begin, pointer, error_text(error, path));
  }
}

void run_test(ModuleBase& model, const ModelTest& test, const std::string& directory,
              const JsonValue& place, const std::string& pointer, Problems& problems) {
  const NoGradGuard no_grad;
  const EvalScope eval(model);
  const std::string input = resolve(directory, test.input);
  const std::string output = resolve(directory, test.output);
  try {
    const Tensor x = only_tensor(input);
    const Tensor want = only_tensor(output);
    const std::string text = difference(model(x), want, test);
    if (!text.empty()) problems.add(place.begin, pointer, text);
  } catch (const std::exception& error) {
    const std::string what = error.what();
    const std::string& path = what.find(input) != what.npos ? input : output;
    problems.add(place.begin, pointer,
                 fmt::format("the test cannot be run: {}", error_text(error, path)));
  }
}

}  // namespace wick::nn::model
