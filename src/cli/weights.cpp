#include "cli/weights.h"

#include <fmt/format.h>

#include <set>

#include "cli/output.h"
#include "cli/streams.h"
#include "wick/io/state.h"
#include "wick/io/torch_checkpoint.h"

namespace wick::cli {

nn::StateDict read_weights(const std::string& path, const std::string& key) {
  nn::StateDict state;
  with_file(path, [&](const std::string& file) {
    state = key.empty() ? io::load_state(file) : io::load_torch(file, {.key = key});
  });
  return state;
}

std::string weights_text(const nn::StateDict& state) {
  int64_t numbers = 0;
  double bytes = 0;
  std::set<std::string_view> dtypes;
  for (const auto& [tensor_name, tensor] : state) {
    numbers += tensor.numel();
    bytes +=
        static_cast<double>(tensor.numel()) * static_cast<double>(element_size(tensor.dtype()));
    dtypes.insert(name(tensor.dtype()));
  }
  return fmt::format("{}, {}, {}{}{:.1f} MB", counted(static_cast<int64_t>(state.size()), "tensor"),
                     counted(numbers, "number"), fmt::join(dtypes, " and "),
                     dtypes.empty() ? "" : ", ", bytes / 1e6);
}

}  // namespace wick::cli
