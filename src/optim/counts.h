// Numbers that count steps, which schedulers and optimizers add to.
#pragma once

#include <fmt/format.h>

#include "wick/optim/state.h"

namespace wick::optim {

/// The largest number of steps or epochs; arithmetic with it does not overflow.
inline constexpr int64_t max_count = int64_t{1} << 53;

/// Notes a problem unless least <= count <= max_count.
inline void check_count(StateReader& reader, const std::string& name, int64_t count,
                        int64_t least) {
  if (count < least || count > max_count) reader.fail(fmt::format("{} is {}.", name, count));
}

}  // namespace wick::optim
