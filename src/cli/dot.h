// Models as drawings: the DOT language of Graphviz (https://graphviz.org/doc/info/lang.html).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "wick/nn/module.h"

namespace wick::cli {

/// What the arrows of a drawing say, and how much is drawn.
struct DotOptions {
  std::string input = {};                           ///< the shape of the input, or ""
  std::map<std::string, std::string> outputs = {};  ///< the shape that a layer gives, by its path
  int64_t depth = INT64_MAX;  ///< layers inside of layers that are as deep are not drawn
};

/// The layers of `model` as boxes and what flows between them as arrows; modules with layers inside
/// are frames around these.
std::string dot_text(const nn::ModuleBase& model, const DotOptions& options);

/// `text` between quotes, as a label in DOT: no control characters but new lines, and no entities
/// of HTML.
std::string dot_quoted(std::string_view text);

/// What Graphviz's program `dot` makes of a text: a picture in `format`, "svg" or "png". Throws
/// Error if the program is not installed or fails.
std::string draw_dot(const std::string& text, const std::string& format);

}  // namespace wick::cli
