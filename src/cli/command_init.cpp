// wick init: a model file to start from.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/init_texts.h"
#include "cli/output.h"
#include "cli/streams.h"
#include "cli/suggest.h"
#include "wick/error.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::string name;
  std::string output;
  bool force = false;
};

int init(const Arguments& arguments) {
  const StartingPoint* start = nullptr;
  std::string names;
  std::vector<std::string> all;
  for (const StartingPoint& s : starting_points) {
    all.emplace_back(s.name);
    if (s.name == arguments.name) start = &s;
    names += (names.empty() ? "" : ", ") + std::string(s.name);
  }
  if (!start)
    throw UsageError(fmt::format("there is no starting point \"{}\"{}; there are {}",
                                 arguments.name, did_you_mean(arguments.name, all), names));
  if (arguments.output.empty() || arguments.output == standard_stream) {
    print(start->text);
    return exit_ok;
  }
  if (!arguments.force && !is_stream(arguments.output) && std::filesystem::exists(arguments.output))
    throw FileError(fmt::format("{} exists; --force replaces it", arguments.output));
  write_bytes(arguments.output, start->text);
  const std::string name = printable(arguments.output);
  print(
      fmt::format("{}: {}. Look at it with\n  wick summary {}\n", name, start->description, name));
  return exit_ok;
}

}  // namespace

Command init_command(CLI::App& program) {
  std::string names;
  for (const StartingPoint& s : starting_points)
    names += fmt::format("  {:16} {}\n", s.name, s.description);
  CLI::App* command =
      add_command(program, "init", "Write a model file to start from",
                  "Names:\n" + names + "\nExample:\n  wick init mlp --output model.json\n");
  auto arguments = std::make_shared<Arguments>();
  add_argument(command, "NAME", arguments->name, "Which one");
  add_text(command, "-o,--output", arguments->output, "FILE",
           "The file to write (standard output)");
  add_flag(command, "--force", arguments->force, "Replace the file if it exists");
  return {command, [arguments] { return init(*arguments); }};
}

}  // namespace wick::cli
