#include "cli/command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <limits>

namespace wick::cli {
namespace {

/// An argument, not longer than a message should be.
std::string cut(const std::string& text) {
  constexpr size_t longest = 40;
  return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

}  // namespace

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

CLI::Option* add_optional_argument(CLI::App* command, const std::string& name, std::string& value,
                                   const std::string& description) {
  return add_argument(command, name, value, description)->required(false);
}

CLI::Option* add_arguments(CLI::App* command, const std::string& name,
                           std::vector<std::string>& values, const std::string& description) {
  return command->add_option(name, values, description)->required()->option_text(" ");
}

void add_flag(CLI::App* command, const std::string& name, bool& value,
              const std::string& description) {
  command->add_flag(name, value, description);
}

CLI::Option* add_texts(CLI::App* command, const std::string& name, std::vector<std::string>& values,
                       const std::string& what, const std::string& description) {
  return command->add_option(name, values, description)->option_text(what)->expected(1)->take_all();
}

void needs(CLI::Option* option, CLI::Option* other) { option->needs(other); }
void excludes(CLI::Option* option, CLI::Option* other) { option->excludes(other); }

CLI::Option* add_text(CLI::App* command, const std::string& name, std::string& value,
                      const std::string& what, const std::string& description) {
  // The one for messages, the other for the help.
  return command->add_option(name, value, description)->type_name(what)->option_text(what);
}

void add_model(CLI::App* command, std::string& path) {
  add_argument(command, "MODEL", path, "A model file (- is standard input)");
}

CLI::Option* add_integer(CLI::App* command, const std::string& name, int64_t& value, int64_t least,
                         int64_t most, const std::string& description) {
  const std::string expected =
      most == std::numeric_limits<int64_t>::max()
          ? fmt::format("must be an integer of at least {}", least)
          : fmt::format("must be an integer between {} and {}", least, most);
  // CLI11's own words for a number that is out of range have hundreds of digits in them.
  const auto check = [expected, least, most](const std::string& text) {
    int64_t number = 0;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    const bool fits = error == std::errc() && end == last && number >= least && number <= most;
    return fits ? std::string() : fmt::format("{}, got \"{}\"", expected, cut(text));
  };
  return command->add_option(name, value, description)->option_text("NUMBER")->check(check);
}

CLI::Option* add_seed(CLI::App* command, uint64_t& seed) {
  // CLI11 takes a number that is too large for 0.
  const auto check = [](const std::string& text) {
    const char* last = text.data() + text.size();
    int64_t negative = 0;
    uint64_t positive = 0;
    const auto fits = [last](const std::from_chars_result& result) {
      return result.ec == std::errc() && result.ptr == last;
    };
    return fits(std::from_chars(text.data(), last, negative)) ||
                   fits(std::from_chars(text.data(), last, positive))
               ? std::string()
               : fmt::format("must be an integer of 64 bits, got \"{}\"", cut(text));
  };
  return command->add_option("--seed", seed, "Seed of what is random (0)")
      ->option_text("NUMBER")
      ->check(check);
}

CLI::Option* add_tolerance(CLI::App* command, const std::string& name, double& value,
                           const std::string& description) {
  const auto check = [](const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const bool fits = !text.empty() && *end == '\0' && std::isfinite(number) && number >= 0;
    return fits ? std::string()
                : fmt::format("must be a number of at least 0, got \"{}\"", cut(text));
  };
  return command->add_option(name, value, description)->option_text("NUMBER")->check(check);
}

void add_depth(CLI::App* command, std::optional<int64_t>& depth) {
  const auto value = std::make_shared<int64_t>(0);
  add_integer(command, "--depth", *value, 0, 1000, "How deep to look into layers (all the way)")
      ->each([value, &depth](const std::string& text) { depth = std::stoll(text); });
}

void add_input_shape(CLI::App* command, std::string& shape) {
  add_text(command, "-i,--input", shape, "SHAPE", "Shape of the input, such as 32,100,512");
}

void add_json(CLI::App* command, bool& json) {
  add_flag(command, "--json", json, "Print JSON for programs");
}

}  // namespace wick::cli
