#include "kernels/simd/stream.h"

#include <hwy/cache_control.h>

namespace wick::kernels {

void finish_streaming() { hwy::FlushStream(); }

}  // namespace wick::kernels
