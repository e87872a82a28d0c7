// What a command throws when its arguments do not fit together.
#pragma once

#include <stdexcept>

namespace wick::cli {

/// Wrong usage: the message is shown, and the exit code is 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace wick::cli
