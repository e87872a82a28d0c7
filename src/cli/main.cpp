// wick: looks at, runs, measures and converts models in JSON files.
#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <new>
#include <sstream>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/problems.h"
#include "wick/error.h"

namespace wick::cli {
namespace {

/// Puts the text below the options as it is: newer versions of CLI11 fill paragraphs, which breaks
/// the lines of the examples.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    text.erase(text.find_last_not_of('\n') + 1);
    return text + "\n\n" + app->get_footer();
  }
  std::string make_footer(const CLI::App*) const override { return ""; }
};

/// What is wrong with the arguments, in the words of the person who typed them.
std::string usage_problem(const CLI::App& program, const CLI::ParseError& error, int argc,
                          const char* const* argv) {
  if (!program.get_subcommands().empty()) return error.what();
  if (argc < 2) return "a command is needed";
  if (argv[1][0] == '-') return fmt::format("unknown option {}", argv[1]);
  std::string names;
  for (const CLI::App* command : program.get_subcommands({}))
    names += (names.empty() ? "" : ", ") + command->get_name();
  return fmt::format("unknown command \"{}\"; the commands are {}", argv[1], names);
}

std::string where_help_is(const CLI::App& program) {
  std::string command;
  for (const CLI::App* parsed : program.get_subcommands()) command = parsed->get_name() + " ";
  return fmt::format("wick {}--help shows how it is used", command);
}

int run(int argc, const char* const* argv) {
  CLI::App program{"Models in JSON files, with weights from PyTorch, safetensors and NumPy."};
  program.name("wick");
  program.set_version_flag("--version", "wick " WICK_VERSION, "Print the version and stop");
  program.set_help_flag("-h,--help", "Print this help and stop");
  program.formatter(std::make_shared<HelpFormatter>());
  program.get_formatter()->column_width(34);
  program.get_formatter()->label("SUBCOMMAND", "COMMAND");
  program.require_subcommand(1);
  program.footer(
      "wick COMMAND --help tells more about a command.\n"
      "Exit codes: 0 ok, 1 the model or the data is bad, 2 wrong usage.\n\n"
      "Example:\n"
      "  wick init mlp --output model.json && wick summary model.json\n");

  const std::vector<Command> commands{
      init_command(program),   check_command(program), summary_command(program),
      run_command(program),    bench_command(program), convert_command(program),
      diff_command(program),   graph_command(program), layers_command(program),
      schema_command(program),
  };
  try {
    program.parse(argc, argv);
    for (const Command& command : commands)
      if (command.arguments->parsed()) return command.run();
    return exit_ok;
  } catch (const CLI::Success& success) {  // --help, --version
    std::ostringstream text;
    program.exit(success, text, text);
    print(text.str());
    return exit_ok;
  } catch (const CLI::ParseError& error) {
    print_error(
        fmt::format("{}\n{}", usage_problem(program, error, argc, argv), where_help_is(program)));
  } catch (const UsageError& error) {
    print_error(fmt::format("{}\n{}", error.what(), where_help_is(program)));
  }
  return exit_usage;
}

}  // namespace
}  // namespace wick::cli

int main(int argc, char** argv) {
  using namespace wick::cli;
  std::signal(SIGPIPE, SIG_IGN);  // a write then fails, which is noticed
  try {
    const int code = run(argc, argv);
    flush_output();
    return code;
  } catch (const BrokenPipe&) {
    return exit_ok;
  } catch (const wick::ModelFileError& error) {
    print_problems(error);
  } catch (const std::bad_alloc&) {
    print_error("not enough memory");
  } catch (const std::exception& error) {
    print_error(error.what());
  }
  return exit_bad;
}
