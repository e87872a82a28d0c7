/// \file
/// Where the golden files are. The path stands in golden_path.cpp alone, so that the compiler cache
/// serves every checkout.
#pragma once

#include <string>
#include <string_view>

/// tests/golden/<name>
std::string golden_path(std::string_view name);
