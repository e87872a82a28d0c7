/// \file
/// The program `wick` as a function, for models with layers of one's own: the program knows the
/// layers that are registered before. Linked with the target wick::cli, not with wick::wick alone.
///
///     #include <wick/cli.h>
///     #include "my_layers.h"
///
///     int main(int argc, char** argv) {
///       wick::nn::register_layer<MyLayer>("what it does");
///       return wick::cli::main(argc, argv);
///     }
///
/// `./my_wick check model.json` then checks files with that layer, `./my_wick schema` prints their
/// JSON Schema, and so on: `./my_wick help`.
#pragma once

#include "wick/export.h"

namespace wick::cli {

/// Does what the arguments say, as the program `wick` does, and gives the exit code: 0 ok, 1 the
/// model or the data is bad, 2 wrong usage. Writes to the standard streams, and from then on the
/// process ignores SIGPIPE. Throws nothing.
WICK_API int main(int argc, const char* const* argv) noexcept;

}  // namespace wick::cli
