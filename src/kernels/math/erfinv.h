#pragma once

namespace wick::kernels {

/// The inverse of erf: +-inf at +-1, nan outside of [-1, 1].
double erfinv(double x);

}  // namespace wick::kernels
