#include "cli/model.h"

#include "wick/device.h"
#include "wick/random.h"

namespace wick::cli {

nn::ModelFile load_structure(const std::string& path) {
  const DeviceGuard guard(meta);
  return nn::ModelFile::load(path, {.load_weights = false, .run_tests = false});
}

nn::ModelFile load_model(const std::string& path, bool weights, uint64_t seed) {
  manual_seed(seed);
  nn::ModelFile file = nn::ModelFile::load(path, {.load_weights = weights, .run_tests = false});
  file.model->eval();
  return file;
}

DType model_dtype(const nn::Module& model) {
  for (const auto& [name, tensor] : model.state_dict())
    if (tensor.is_floating_point()) return tensor.dtype();
  return float32;
}

}  // namespace wick::cli
