// The program: finds the command, runs it, and says what went wrong.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <memory>
#include <new>
#include <sstream>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/problems.h"
#include "cli/suggest.h"
#include "wick/cli.h"
#include "wick/nn/model_file.h"
#include "wick/version.h"

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

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

/// "--json" and the like.
std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string unknown_command(const CLI::App& program, const std::string& name) {
  std::vector<std::string> names = command_names(program);
  const std::string list = fmt::format("{}", fmt::join(names, ", "));
  names.emplace_back("help");
  return fmt::format("unknown command \"{}\"; the commands are {}{}", name, list,
                     did_you_mean(name, names));
}

/// Throws UsageError for a command that there is not, before --help could answer for it.
void require_known(const CLI::App& program, const std::vector<std::string>& arguments) {
  const std::vector<std::string> names = command_names(program);
  const std::string& name = arguments.front();
  if (!name.starts_with('-') && std::find(names.begin(), names.end(), name) == names.end())
    throw UsageError(unknown_command(program, name));
}

/// What is wrong with the arguments, in the words of the person who typed them.
std::string usage_problem(const CLI::App& program, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments) {
  const std::vector<CLI::App*> parsed = program.get_subcommands();
  const CLI::App& command = parsed.empty() ? program : *parsed.front();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr && !parsed.empty())
    return error.what();
  for (const std::string& argument : parsed.empty() ? arguments : command.remaining(true)) {
    if (!argument.starts_with('-') || argument == "-")
      return fmt::format("one argument too many: \"{}\"", argument);
    const std::string name = argument.substr(0, argument.find('='));
    return fmt::format("unknown option {}{}", name, did_you_mean(name, option_names(command)));
  }
  return error.what();
}

std::string where_help_is(const CLI::App& program) {
  std::string command;
  for (const CLI::App* parsed : program.get_subcommands()) command = parsed->get_name() + " ";
  return fmt::format("wick {}--help shows how it is used", command);
}

/// `wick help` is `wick --help`, and `wick help run` is `wick run --help`.
std::vector<std::string> without_help_command(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  if (arguments.size() == 1 || arguments[1] == "help" || arguments[1].starts_with('-'))
    return {"--help"};
  return {arguments[1], "--help"};
}

void set_up(CLI::App& program) {
  program.name("wick");
  program.set_version_flag("--version", "wick " WICK_VERSION_STRING, "Print the version and stop");
  program.set_help_flag("-h,--help", "Print this help and stop");
  program.formatter(std::make_shared<HelpFormatter>());
  program.get_formatter()->column_width(34);
  program.get_formatter()->label("SUBCOMMAND", "COMMAND");
  program.require_subcommand(1);
  program.footer(
      "wick help COMMAND tells more about a command. Where a file is read or written, - is the\n"
      "standard input or output.\n"
      "Exit codes: 0 ok, 1 the model or the data is bad, 2 wrong usage.\n\n"
      "Example:\n"
      "  wick init mlp --output model.json && wick summary model.json\n");
}

int run(const std::vector<std::string>& given) {
  CLI::App program{"Models in JSON files, with weights from PyTorch, safetensors and NumPy."};
  set_up(program);
  const std::vector<Command> commands{
      init_command(program),   check_command(program), summary_command(program),
      run_command(program),    bench_command(program), convert_command(program),
      diff_command(program),   graph_command(program), layers_command(program),
      schema_command(program),
  };
  if (given.empty()) {  // as git does: the help is shown, but nothing was done
    print(program.help());
    return exit_usage;
  }
  const std::vector<std::string> arguments = without_help_command(given);
  try {
    require_known(program, arguments);
    program.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
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
        fmt::format("{}\n{}", usage_problem(program, error, arguments), where_help_is(program)));
  } catch (const UsageError& error) {
    print_error(fmt::format("{}\n{}", error.what(), where_help_is(program)));
  }
  return exit_usage;
}

/// The exit code; what goes wrong is told.
int run_and_tell(int argc, const char* const* argv) {
  try {
    const int code = run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
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

}  // namespace

int main(int argc, const char* const* argv) noexcept {
  std::signal(SIGPIPE, SIG_IGN);  // a write then fails, which is noticed
  try {
    return run_and_tell(argc, argv);
  } catch (...) {  // not even memory to say so
    return exit_bad;
  }
}

}  // namespace wick::cli
