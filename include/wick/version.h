/// \file
/// Which wick this is. The three numbers stand here alone: CMake reads them from this file.
#pragma once

#include <string_view>

/// The parts of the version. As long as the first is 0, a new second one may break programs.
#define WICK_VERSION_MAJOR 0
#define WICK_VERSION_MINOR 1
#define WICK_VERSION_PATCH 0

/// The version as a number, for the preprocessor: 10000 * major + 100 * minor + patch, so that 102
/// is 0.1.2 and 20304 is 2.3.4.
///
///     #if WICK_VERSION >= 200  // 0.2.0 and newer
#define WICK_VERSION (10000 * WICK_VERSION_MAJOR + 100 * WICK_VERSION_MINOR + WICK_VERSION_PATCH)

/// The version as a text in quotes: "0.1.0".
#define WICK_VERSION_STRING \
  WICK_VERSION_TEXT_(WICK_VERSION_MAJOR, WICK_VERSION_MINOR, WICK_VERSION_PATCH)
// Two steps: the first puts the numbers in, the second makes text of them.
#define WICK_VERSION_TEXT_(major_, minor_, patch_) WICK_VERSION_QUOTED_(major_, minor_, patch_)
#define WICK_VERSION_QUOTED_(major_, minor_, patch_) #major_ "." #minor_ "." #patch_

namespace wick {

/// The version that the program was compiled with, "0.1.0"; as torch.__version__.
constexpr std::string_view version() { return WICK_VERSION_STRING; }

}  // namespace wick
