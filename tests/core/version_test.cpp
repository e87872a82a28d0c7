// The version as numbers, for the preprocessor, and as a text.
#include "wick/version.h"

#include <fmt/format.h>

#include "catch.h"

#if WICK_VERSION < 100 || WICK_VERSION >= 1000000
#error "WICK_VERSION is no number for the preprocessor"
#endif

TEST_CASE("the version is the same in all its forms", "[version]") {
  constexpr std::string_view text = wick::version();
  CHECK(text ==
        fmt::format("{}.{}.{}", WICK_VERSION_MAJOR, WICK_VERSION_MINOR, WICK_VERSION_PATCH));
  CHECK(text == WICK_VERSION_STRING);
  CHECK(WICK_VERSION / 10000 == WICK_VERSION_MAJOR);
  CHECK(WICK_VERSION / 100 % 100 == WICK_VERSION_MINOR);
  CHECK(WICK_VERSION % 100 == WICK_VERSION_PATCH);
}
