// wick graph: the layers of a model as a drawing.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/dot.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/shape_text.h"
#include "cli/tensor_file.h"
#include "wick/io/file.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::string file;
  std::string input;
  std::string output;
};

void check_output(const std::string& path) {
  for (const std::string_view extension : {".dot", ".gv", ".svg", ".png"})
    if (path.empty() || has_extension(path, extension)) return;
  throw UsageError(fmt::format("{}: graphs are written to .dot, .svg and .png files", path));
}

int graph(const Arguments& arguments) {
  check_output(arguments.output);
  const nn::ModelFile file = load_structure(arguments.file);
  std::optional<Shape> input;
  if (!arguments.input.empty() || file.input) input = choose_shape(arguments.input, file).shape;
  const std::string text = dot_text(*file.model, input);
  if (arguments.output.empty())
    print(text);
  else if (has_extension(arguments.output, ".svg") || has_extension(arguments.output, ".png"))
    io::write_file(arguments.output,
                   draw_dot(text, has_extension(arguments.output, ".svg") ? "svg" : "png"));
  else
    io::write_file(arguments.output, text);
  return exit_ok;
}

}  // namespace

Command graph_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "graph", "Draw the layers of a model",
      "Prints the language of Graphviz unless --output is given; .svg and .png need its program\n"
      "`dot`. Arrows say the shapes if there is a shape: that of --input, or the `input` of the\n"
      "model file, with 1 for each free size.\n\n"
      "Example:\n  wick graph model.json --output model.svg\n");
  auto arguments = std::make_shared<Arguments>();
  add_model(command, arguments->file);
  add_input_shape(command, arguments->input);
  add_text(command, "--output", arguments->output, "FILE", "A .dot, .svg or .png file to write");
  return {command, [arguments] { return graph(*arguments); }};
}

}  // namespace wick::cli
