// wick check: what is wrong with model files.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/problems.h"
#include "cli/streams.h"
#include "wick/nn/model_file.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::vector<std::string> files;
  bool no_weights = false;
  bool no_tests = false;
  bool json = false;
};

/// What a model file holds.
struct Content {
  int64_t parameters = 0;
  bool weights = false;  ///< they were read
  int64_t tests = 0;     ///< how many were run
};

Content read(const std::string& path, const Arguments& arguments) {
  // Without elements first: a file without weights needs none to be checked.
  const nn::ModelFile file = load_structure(path);
  Content content;
  for (const Tensor& p : file.model->parameters()) content.parameters += p.numel();
  if (file.weights.empty() || arguments.no_weights) return content;
  load_file(path, {.run_tests = !arguments.no_tests});
  content.weights = true;
  if (!arguments.no_tests) content.tests = static_cast<int64_t>(file.tests.size());
  return content;
}

std::string verdict(const Content& content) {
  std::string text = counted(content.parameters, "parameter");
  if (content.weights) text += ", weights fit";
  if (content.tests > 0) text += fmt::format(", {} passed", counted(content.tests, "test"));
  return text;
}

ordered_json problem_json(const ModelFileError::Problem& problem) {
  return {{"line", problem.line},
          {"column", problem.column},
          {"pointer", problem.pointer},
          {"message", problem.message},
          {"expected", problem.expected},
          {"found", problem.found},
          {"suggestion", problem.suggestion},
          {"valid", problem.valid}};
}

/// One file; true if it is good. What the JSON says of it goes to `entry`; `own_layers` becomes
/// true for a file with layers that nobody knows.
bool check_file(const std::string& path, const Arguments& arguments, ordered_json& entry,
                bool& own_layers) {
  const std::string name = printable(shown_path(path));
  const Style style = arguments.json ? Style() : Style(stdout);
  ordered_json problems = ordered_json::array();
  entry = {{"file", path}, {"ok", false}};
  std::string text;
  try {
    const Content content = read(path, arguments);
    entry["ok"] = true;
    entry["parameters"] = content.parameters;
    text = fmt::format("{}: {} ({})\n", name, style(Colour::green, "ok"), verdict(content));
  } catch (const ModelFileError& error) {
    for (const auto& problem : error.problems()) problems.push_back(problem_json(problem));
    text = problems_text(error, style) +
           fmt::format("{}: {}\n", name, style(Colour::red, counted(error.count(), "problem")));
    if (knows_no_such_layer(error)) own_layers = true;
  } catch (const std::exception& error) {
    ModelFileError::Problem problem;
    problem.message = error.what();
    problems.push_back(problem_json(problem));
    if (!arguments.json) print_error(error.what());
  }
  entry["problems"] = std::move(problems);
  if (!arguments.json) print(text);
  return entry["ok"];
}

int check(const Arguments& arguments) {
  ordered_json entries = ordered_json::array();
  bool all_good = true;
  bool own_layers = false;
  for (const std::string& path : arguments.files) {
    ordered_json entry;
    if (!check_file(path, arguments, entry, own_layers)) all_good = false;
    entries.push_back(std::move(entry));
  }
  if (arguments.json) print_json(entries);
  if (own_layers && !arguments.json) print(fmt::format("note: {}\n", own_layers_note));
  return all_good ? exit_ok : exit_bad;
}

}  // namespace

Command check_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "check", "Say what is wrong with model files",
      "Each mistake comes with its file, line, column and JSON pointer. The exit code is 1 if any\n"
      "file has one.\n\n"
      "Example:\n  wick check model.json other.json\n\n"
      "Layers of your own are known to a program of your own (target_link_libraries(my_wick\n"
      "PRIVATE wick::cli)), which does all that this one does:\n"
      "  #include <wick/cli.h>\n"
      "  #include \"my_layers.h\"\n"
      "  int main(int argc, char** argv) {\n"
      "    wick::nn::register_layer<MyLayer>();\n"
      "    return wick::cli::main(argc, argv);\n"
      "  }\n");
  auto arguments = std::make_shared<Arguments>();
  add_arguments(command, "MODEL", arguments->files, "Model files (- is standard input)");
  add_flag(command, "--no-weights", arguments->no_weights, "Do not read the weights");
  add_flag(command, "--no-tests", arguments->no_tests, "Do not run the tests in the files");
  add_json(command, arguments->json);
  return {command, [arguments] { return check(*arguments); }};
}

}  // namespace wick::cli
