// The dtypes' names in messages.
#pragma once

#include <string_view>

#include "wick/dtype.h"

namespace wick::core {

/// "Float", "Long", "Bool": the names PyTorch's messages use.
std::string_view scalar_type_name(DType dtype);

}  // namespace wick::core
