// Throwing with a formatted message, in one expression.
#pragma once

#include <fmt/format.h>

#include "wick/error.h"
#include "wick/format.h"

namespace wick::core {

/// fail<ShapeError>("sizes {} and {} differ", a, b)
template <class E, class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw E(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace wick::core
