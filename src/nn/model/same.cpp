#include "nn/model/same.h"

#include <algorithm>

#include "wick/device.h"
#include "wick/format.h"
#include "wick/nn/model_file.h"

namespace wick::nn::model {
namespace {

std::string name_text(const std::string& path) {
  return path.empty() ? "it" : fmt::format("its field {}", path);
}

/// A module without those inside.
std::string own_text(const ModuleBase& module) {
  return fmt::format("{}({})", module.type_name(), module.extra_repr());
}

std::string tensor_text(const Tensor& x) {
  return x.defined() ? fmt::format("{} {}", x.dtype(), x.shape()) : "undefined";
}

/// The first of `mine` that is another in `read`, or is not there; "" if there is none.
template <class Named, class Text>
std::string difference(const Named& mine, const Named& read, const Text& text_of) {
  for (size_t i = 0; i < std::max(mine.size(), read.size()); ++i) {
    if (i >= mine.size())
      return fmt::format("{} is not there, and would be read as {}", name_text(read[i].first),
                         text_of(read[i].second));
    const auto& [name, value] = mine[i];
    if (i >= read.size() || read[i].first != name)
      return fmt::format("{} is {}, and would not be there", name_text(name), text_of(value));
    if (text_of(value) != text_of(read[i].second))
      return fmt::format("{} is {}, and would be read as {}", name_text(name), text_of(value),
                         text_of(read[i].second));
  }
  return "";
}

std::vector<std::pair<std::string, Tensor>> tensors_of(const ModuleBase& module) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const auto& [name, tensor] : module.state_dict()) tensors.emplace_back(name, tensor);
  return tensors;
}

}  // namespace

void require_same(const std::string& text, const ModuleBase& module) {
  const DeviceGuard guard(meta);
  const AnyModule read = from_json(text, {.load_weights = false, .run_tests = false});
  std::string found = difference(module.named_modules(), std::as_const(*read).named_modules(),
                                 [](const ModuleBase* m) { return own_text(*m); });
  if (found.empty()) found = difference(tensors_of(module), tensors_of(*read), tensor_text);
  if (found.empty() && read.to_string() != module.to_string())
    found = fmt::format("it would be read as\n{}", read);
  if (!found.empty())
    throw Error(
        fmt::format("{} was changed in ways that its options do not tell, so a model file cannot "
                    "describe it: {}",
                    module.type_name(), found));
}

}  // namespace wick::nn::model
