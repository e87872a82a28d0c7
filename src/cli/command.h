// The commands of the program. Each stands in a file of its own, under its name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/usage_error.h"

// CLI11 takes seconds to compile, and only command.cpp and program.cpp need to know it.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace wick::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_bad = 1;    ///< the model or the data is bad, or things differ
inline constexpr int exit_usage = 2;  ///< wrong arguments

/// A command: how its arguments are read, and what it does with them.
struct Command {
  CLI::App* arguments;
  std::function<int()> run;  ///< gives the exit code
};

/// A command with its description and, below its options, `footer`.
CLI::App* add_command(CLI::App& program, const std::string& name, const std::string& description,
                      const std::string& footer);
/// An argument that has to be given, known by its place.
CLI::Option* add_argument(CLI::App* command, const std::string& name, std::string& value,
                          const std::string& description);
/// The same for one that may be left out, and for several.
CLI::Option* add_optional_argument(CLI::App* command, const std::string& name, std::string& value,
                                   const std::string& description);
CLI::Option* add_arguments(CLI::App* command, const std::string& name,
                           std::vector<std::string>& values, const std::string& description);
/// An option without a value.
void add_flag(CLI::App* command, const std::string& name, bool& value,
              const std::string& description);
/// An option with an integer, which must not be less than `least`, or more than `most`.
CLI::Option* add_integer(CLI::App* command, const std::string& name, int64_t& value, int64_t least,
                         int64_t most, const std::string& description);
/// --seed, an integer of 64 bits with or without a sign, as PyTorch's manual_seed takes.
CLI::Option* add_seed(CLI::App* command, uint64_t& seed);
/// An option with a finite number that is not negative.
CLI::Option* add_tolerance(CLI::App* command, const std::string& name, double& value,
                           const std::string& description);
/// An option with a text; `what` stands for the text in the help.
CLI::Option* add_text(CLI::App* command, const std::string& name, std::string& value,
                      const std::string& what, const std::string& description);
/// The same for an option that may be given several times.
CLI::Option* add_texts(CLI::App* command, const std::string& name, std::vector<std::string>& values,
                       const std::string& what, const std::string& description);
/// `option` is an error without `other`, or with it.
void needs(CLI::Option* option, CLI::Option* other);
void excludes(CLI::Option* option, CLI::Option* other);
// What several commands have in common.
void add_model(CLI::App* command, std::string& path);
void add_input_shape(CLI::App* command, std::string& shape);
void add_depth(CLI::App* command, std::optional<int64_t>& depth);
void add_json(CLI::App* command, bool& json);

Command bench_command(CLI::App& program);
Command check_command(CLI::App& program);
Command convert_command(CLI::App& program);
Command diff_command(CLI::App& program);
Command graph_command(CLI::App& program);
Command init_command(CLI::App& program);
Command layers_command(CLI::App& program);
Command run_command(CLI::App& program);
Command schema_command(CLI::App& program);
Command summary_command(CLI::App& program);

}  // namespace wick::cli
