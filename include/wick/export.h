/// \file
/// WICK_API marks what the library shows to its users; everything else is hidden.
#pragma once

#if defined(_WIN32)
#define WICK_API
#else
#define WICK_API __attribute__((visibility("default")))
#endif
