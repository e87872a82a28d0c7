#include "golden_path.h"

std::string golden_path(std::string_view name) {
  return std::string(WICK_GOLDEN_DIR "/").append(name);
}
