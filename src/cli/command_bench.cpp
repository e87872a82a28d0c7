// wick bench: where the time of a model goes.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/layer_times.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/shape_text.h"
#include "wick/autograd.h"
#include "wick/device.h"
#include "wick/nn/summary.h"
#include "wick/random.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::string file;
  std::string input;
  int64_t threads = 0;
  int64_t repeat = 0;
  bool no_weights = false;
  bool json = false;
};

/// One line of the table.
struct Row {
  std::string name;
  std::string type;
  std::string output;
  double seconds = 0;
  int64_t multiply_adds = 0;

  double gigaflops() const {
    return seconds > 0 ? 2e-9 * static_cast<double>(multiply_adds) / seconds : 0;
  }
};

std::vector<Row> rows_of(const nn::Summary& summary, const LayerTimes& times) {
  std::vector<Row> rows;
  for (const nn::Summary::Row& row : summary.rows) {
    const auto time = times.layers.find(row.name);
    if (time == times.layers.end()) continue;
    if (!row.output) continue;  // never called
    rows.push_back({row.name.empty() ? "(model)" : row.name, row.type, row.output->to_string(),
                    time->second, row.multiply_adds});
  }
  return rows;
}

std::string table_text(const std::vector<Row>& rows, const Row& total) {
  Table table({"Layer", "Type", "Output", "Time (ms)", "GFLOP/s", "Share"}, "lllrrr");
  const auto add = [&](const Row& row, const std::string& share) {
    table.add({row.name, row.type, row.output, fmt::format("{:.3f}", 1e3 * row.seconds),
               row.multiply_adds > 0 ? fmt::format("{:.1f}", row.gigaflops()) : "--", share});
  };
  std::vector<double> seconds;
  for (const Row& row : rows) seconds.push_back(row.seconds);
  const std::vector<std::string> shares = percentages(seconds);
  for (size_t i = 0; i < rows.size(); ++i) add(rows[i], shares[i]);
  add(total, "100.0 %");
  return table.text(Style(stdout));
}

ordered_json row_json(const Row& row, double total) {
  return {{"name", row.name},
          {"type", row.type},
          {"milliseconds", 1e3 * row.seconds},
          {"multiply_adds", row.multiply_adds},
          {"gflops", row.gigaflops()},
          {"share", total > 0 ? row.seconds / total : 0}};
}

void print_result(const Arguments& arguments, const ChosenShape& input, DType dtype,
                  const nn::Summary& summary, const LayerTimes& times) {
  std::vector<Row> rows = rows_of(summary, times);
  const Row total{"Total", summary.rows.front().type, summary.rows.front().output->to_string(),
                  times.total, summary.multiply_adds};
  double in_layers = 0;
  for (const Row& row : rows) in_layers += row.seconds;
  // Layers and the whole are measured in runs of their own, so the layers may take longer. Shares
  // are of all that is listed.
  const double rest = std::max(times.total - in_layers, 0.0);
  const double listed = in_layers + rest;
  if (!arguments.json) {
    print(fmt::format("Input {} {}{}, {}, median of {}\n", input.shape.to_string(), name(dtype),
                      input.from.empty() ? "" : " (" + input.from + ")",
                      counted(get_num_threads(), "thread"), counted(times.repeats, "run")));
    rows.push_back({"(between the layers)", "", "", rest, 0});
    return print(table_text(rows, total));
  }
  ordered_json layers = ordered_json::array();
  for (const Row& row : rows) layers.push_back(row_json(row, listed));
  print_json({{"file", arguments.file},
              {"input", input.shape.to_vector()},
              {"dtype", name(dtype)},
              {"threads", get_num_threads()},
              {"repeats", times.repeats},
              {"layers", std::move(layers)},
              {"between_layers_milliseconds", 1e3 * rest},
              {"between_layers_share", listed > 0 ? rest / listed : 0},
              {"total", row_json(total, times.total)}});
}

int bench(const Arguments& arguments) {
  if (arguments.threads > 0) set_num_threads(static_cast<int>(arguments.threads));
  // What does not fit is found before the weights are read.
  const nn::ModelFile structure = load_structure(arguments.file);
  const ChosenShape input = choose_shape(arguments.input, structure);
  const DType dtype = input_dtype(structure);
  const nn::Summary summary = nn::summary(*structure.model, input.shape, dtype);

  const NoGradGuard no_grad;
  nn::ModelFile file = load_model(arguments.file, !arguments.no_weights, 0);
  const LayerTimes times = measure(*file.model, random_input(input.shape, dtype), arguments.repeat);
  print_result(arguments, input, dtype, summary, times);
  return exit_ok;
}

}  // namespace

Command bench_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "bench", "Measure the time of each layer",
      "The input is random. Times are medians; the total is measured without watching the layers.\n"
      "GFLOP/s counts the matrix products, 2 for each multiplication and addition. Without\n"
      "--input, the shape is the `input` of the model file, with 1 for each free size. Shares are\n"
      "of the time of all layers and of what is between them.\n\n"
      "Example:\n  wick bench model.json --input 32,100,512 --threads 2\n");
  auto arguments = std::make_shared<Arguments>();
  add_model(command, arguments->file);
  add_input_shape(command, arguments->input);
  add_integer(command, "--threads", arguments->threads, 1, 1024,
              "How many threads to use (all cores)");
  add_integer(command, "--repeat", arguments->repeat, 1, INT64_MAX,
              "How often to run (about a second)");
  add_flag(command, "--no-weights", arguments->no_weights, "Use random weights");
  add_json(command, arguments->json);
  return {command, [arguments] { return bench(*arguments); }};
}

}  // namespace wick::cli
