// Models as drawings: the DOT language of Graphviz (https://graphviz.org/doc/info/lang.html).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wick/nn/module.h"

namespace wick::cli {

/// The layers of `model` as boxes and what flows between them as arrows; modules with layers inside
/// are frames around these. With `input`, the arrows say which shapes they carry.
std::string dot_text(const nn::Module& model, const std::optional<Shape>& input);

/// `text` between quotes, as a name or a label in DOT.
std::string dot_quoted(std::string_view text);

/// What Graphviz's program `dot` makes of a text: a picture in `format`, "svg" or "png". Throws
/// Error if the program is not installed or fails.
std::string draw_dot(const std::string& text, const std::string& format);

}  // namespace wick::cli
