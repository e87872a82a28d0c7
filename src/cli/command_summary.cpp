// wick summary: the layers of a model, with shapes and sizes.
#include "wick/nn/summary.h"

#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/shape_text.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::string file;
  std::string input;
  std::optional<int64_t> depth;
  bool json = false;
};

/// Without the layers that are deeper than `depth`: what they hold counts for the layer around
/// them.
void limit_depth(nn::Summary& summary, int64_t depth) {
  std::vector<nn::Summary::Row> rows;
  for (nn::Summary::Row& row : summary.rows) {
    if (row.depth <= depth) {
      rows.push_back(std::move(row));
      continue;
    }
    rows.back().parameters += row.parameters;
    rows.back().has_layers = false;
  }
  summary.rows = std::move(rows);
}

ordered_json shape_json(const std::optional<Shape>& shape) {
  return shape ? ordered_json(shape->to_vector()) : ordered_json();
}

ordered_json shapes_json(const std::vector<Shape>& shapes) {
  ordered_json list = ordered_json::array();
  for (const Shape& shape : shapes) list.push_back(shape.to_vector());
  return list;
}

ordered_json to_json(const nn::Summary& summary, const std::string& file, const Shape& input) {
  ordered_json layers = ordered_json::array();
  for (const nn::Summary::Row& row : summary.rows) {
    layers.push_back({{"name", row.name},
                      {"type", row.type},
                      {"depth", row.depth},
                      {"input", shape_json(row.input)},
                      {"output", shape_json(row.output)},
                      {"parameters", row.parameters},
                      {"multiply_adds", row.multiply_adds}});
    if (row.inputs.size() > 1) layers.back()["inputs"] = shapes_json(row.inputs);
    if (row.outputs.size() > 1) layers.back()["outputs"] = shapes_json(row.outputs);
  }
  return {{"file", file},
          {"input", input.to_vector()},
          {"layers", std::move(layers)},
          {"parameters", summary.parameters},
          {"trainable", summary.trainable},
          {"buffers", summary.buffers},
          {"multiply_adds", summary.multiply_adds},
          {"input_bytes", summary.input_bytes},
          {"activation_bytes", summary.activation_bytes},
          {"weight_bytes", summary.weight_bytes}};
}

int summarise(const Arguments& arguments) {
  const nn::ModelFile file = load_structure(arguments.file);
  const ChosenShape input = choose_shape(arguments.input, file);
  nn::Summary summary = nn::summary(*file.model, input.shape, input_dtype(file));
  if (arguments.depth) limit_depth(summary, *arguments.depth);
  if (arguments.json) {
    print_json(to_json(summary, arguments.file, input.shape));
    return exit_ok;
  }
  if (!input.from.empty())
    print(
        fmt::format("Input {} ({}; --input gives another)\n", input.shape.to_string(), input.from));
  for (nn::Summary::Row& row : summary.rows) row.name = printable(row.name);
  print(summary.to_string() + "\n");
  return exit_ok;
}

}  // namespace

Command summary_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "summary", "Show the layers of a model, with shapes and sizes",
      "Nothing is computed and no weights are read. Without --input, the shape is the `input` of\n"
      "the model file, with 1 for each free size.\n\n"
      "Example:\n  wick summary model.json --input 32,100,512\n");
  auto arguments = std::make_shared<Arguments>();
  add_model(command, arguments->file);
  add_input_shape(command, arguments->input);
  add_depth(command, arguments->depth);
  add_json(command, arguments->json);
  return {command, [arguments] { return summarise(*arguments); }};
}

}  // namespace wick::cli
