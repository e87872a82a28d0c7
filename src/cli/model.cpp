#include "cli/model.h"

#include <fmt/format.h>

#include "cli/streams.h"
#include "cli/tensor_file.h"
#include "wick/device.h"
#include "wick/ops.h"
#include "wick/random.h"

namespace wick::cli {

nn::ModelFile load_file(const std::string& path, nn::ModelOptions options) {
  if (!is_stream(path)) return nn::ModelFile::load(path, options);
  const std::string& text = stream_bytes(path);
  options.name = shown_path(path);
  if (static_cast<int64_t>(text.size()) > nn::max_model_file_size)
    throw FileError(fmt::format("cannot read {}: it has {} bytes, more than the limit of {}",
                                options.name, text.size(), nn::max_model_file_size));
  return nn::ModelFile::parse(text, options);  // paths in it start here
}

bool is_model(const std::string& path) {
  if (!is_stream(path)) return has_extension(path, ".json");
  const std::string& text = stream_bytes(path);
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && (text[first] == '{' || text[first] == '[');
}

nn::ModelFile load_structure(const std::string& path) {
  const DeviceGuard guard(meta);
  return load_file(path, {.load_weights = false, .run_tests = false});
}

nn::ModelFile load_model(const std::string& path, bool weights, uint64_t seed) {
  manual_seed(seed);
  nn::ModelFile file = load_file(path, {.load_weights = weights, .run_tests = false});
  file.model->eval();
  return file;
}

DType input_dtype(const nn::ModelFile& file) {
  if (file.input_dtype) return *file.input_dtype;
  for (const auto& [name, tensor] : file.model->state_dict())
    if (tensor.is_floating_point()) return tensor.dtype();
  return file.dtype;
}

Tensor random_input(const Shape& shape, DType dtype) {
  return is_floating_point(dtype) ? randn(shape, dtype) : zeros(shape, {.dtype = dtype});
}

}  // namespace wick::cli
