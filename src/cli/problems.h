// The mistakes in a model file as a compiler shows them.
#pragma once

#include <string>

#include "cli/output.h"
#include "wick/nn/model_file.h"

namespace wick::cli {

/// Each problem, and below it the line of the file with a mark under the place:
///
///     model.json:7:24: /model/layers/1/approximate: must be "none" or "tanh", got "tan"
///         7 |       {"type": "GELU", "approximate": "tan"},
///           |                                       ^~~~~
std::string problems_text(const ModelFileError& error, const Style& style);

/// The line `line`, with a mark under the character at `column` (from 1) and the rest of its word.
/// Of a long line, the part around that place.
std::string marked_line(std::string_view line, int64_t number, int64_t column, const Style& style);

/// True if the file has layers that are not even misspelt: layers of somebody's own, perhaps.
bool knows_no_such_layer(const ModelFileError& error);

/// What to do about them.
inline constexpr std::string_view own_layers_note =
    "layers of your own are known to a program of your own, which registers them and calls\n"
    "wick::cli::main (wick help check shows it)";

/// The problems and their number, on standard error.
void print_problems(const ModelFileError& error);

}  // namespace wick::cli
