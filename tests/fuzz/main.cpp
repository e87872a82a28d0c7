// libFuzzer's entry. FUZZ_TARGET, a definition of the build, says which target this program is.
#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const fuzz::Target& target : fuzz::targets())
    if (target.name == FUZZ_TARGET) fuzz::run(target, {reinterpret_cast<const char*>(data), size});
  return 0;
}
