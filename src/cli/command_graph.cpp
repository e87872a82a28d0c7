// wick graph: the layers of a model as a drawing.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/dot.h"
#include "cli/free_sizes.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/shape_text.h"
#include "cli/streams.h"
#include "cli/tensor_file.h"
#include "wick/error.h"
#include "wick/nn/summary.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::string file;
  std::string input;
  std::string output;
  std::string format;
  std::optional<int64_t> depth;
};

/// The shapes for a shape of numbers.
DotOptions with_numbers(const nn::ModelFile& file, const Shape& input) {
  DotOptions options{input.to_string()};
  for (const auto& row : nn::summary(*file.model, input, input_dtype(file)).rows)
    if (row.output) options.outputs[row.name] = row.output->to_string();
  return options;
}

DotOptions options_for(const nn::ModelFile& file, const std::string& input) {
  if (!input.empty()) return with_numbers(file, parse_shape(input));
  if (!file.input) return {};
  try {
    return {named_shape(*file.input), named_outputs(file)};
  } catch (const Error&) {  // not every size will do: the usual ones, as in a summary
    return with_numbers(file, choose_shape("", file).shape);
  }
}

int graph(const Arguments& arguments) {
  const std::string path =
      arguments.output.empty() ? std::string(standard_stream) : arguments.output;
  const std::string format =
      format_for(path, arguments.format, {".dot", ".gv", ".svg", ".png"}, "graphs");
  const nn::ModelFile file = load_structure(arguments.file);
  DotOptions options = options_for(file, arguments.input);
  if (arguments.depth) options.depth = *arguments.depth;
  const std::string text = dot_text(*file.model, options);
  const bool picture = format == ".svg" || format == ".png";
  write_bytes(path, picture ? draw_dot(text, format.substr(1)) : text);
  return exit_ok;
}

}  // namespace

Command graph_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "graph", "Draw the layers of a model",
      "Prints the language of Graphviz unless --output is given; .svg and .png need its program\n"
      "`dot`. Arrows say the shapes if there is a shape: that of --input, or the `input` of the\n"
      "model file, with the names of its free sizes.\n\n"
      "Examples:\n"
      "  wick graph model.json --output model.svg\n"
      "  wick graph model.json --depth 1 --format svg > model.svg\n");
  auto arguments = std::make_shared<Arguments>();
  add_model(command, arguments->file);
  add_input_shape(command, arguments->input);
  add_text(command, "-o,--output", arguments->output, "FILE",
           "A .dot, .svg or .png file to write (standard output)");
  add_text(command, "--format", arguments->format, "FORMAT", "dot, svg or png (by the extension)");
  add_depth(command, arguments->depth);
  return {command, [arguments] { return graph(*arguments); }};
}

}  // namespace wick::cli
