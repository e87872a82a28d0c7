#include "cli/command.h"

namespace wick::cli {

CLI::App* add_command(CLI::App& program, const std::string& name, const std::string& description,
                      const std::string& footer) {
  CLI::App* command = program.add_subcommand(name, description);
  command->group("Commands");
  command->footer(footer);
  return command;
}

CLI::Option* add_argument(CLI::App* command, const std::string& name, std::string& value,
                          const std::string& description) {
  // The name says what it is; CLI11 would put a type behind it.
  return command->add_option(name, value, description)->required()->option_text(" ");
}

CLI::Option* add_text(CLI::App* command, const std::string& name, std::string& value,
                      const std::string& what, const std::string& description) {
  // The one for messages, the other for the help.
  return command->add_option(name, value, description)->type_name(what)->option_text(what);
}

void add_model(CLI::App* command, std::string& path) {
  add_argument(command, "MODEL", path, "A model file");
}

void add_input_shape(CLI::App* command, std::string& shape) {
  add_text(command, "--input", shape, "SHAPE", "Shape of the input, such as 32,100,512");
}

void add_json(CLI::App* command, bool& json) {
  command->add_flag("--json", json, "Print JSON for programs");
}

}  // namespace wick::cli
