// wick layers: what model files may have in them.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/command.h"
#include "cli/output.h"
#include "wick/nn/model_file.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::string name;
  bool json = false;
};

/// 1 instead of 1.0
std::string number_text(double value) { return fmt::format("{}", value); }

/// What an option may be: "none, tanh", "0 to 1", "at least 0".
std::string allowed(const nn::OptionDescription& option) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, ", "));
  if (option.minimum && option.maximum)
    return fmt::format("{} to {}", number_text(*option.minimum), number_text(*option.maximum));
  if (option.minimum) return "at least " + number_text(*option.minimum);
  if (option.maximum) return "at most " + number_text(*option.maximum);
  return "";
}

ordered_json number_json(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json option_json(const nn::OptionDescription& option) {
  ordered_json json{
      {"name", option.name}, {"type", option.type}, {"required", option.must_be_given}};
  if (!option.must_be_given) json["default"] = ordered_json::parse(option.default_value);
  if (!option.choices.empty()) json["choices"] = option.choices;
  if (option.minimum) json["minimum"] = number_json(option.minimum);
  if (option.maximum) json["maximum"] = number_json(option.maximum);
  return json;
}

ordered_json layer_json(const nn::LayerDescription& layer) {
  ordered_json options = ordered_json::array();
  for (const nn::OptionDescription& option : layer.options) options.push_back(option_json(option));
  return {{"name", layer.name}, {"summary", layer.summary}, {"options", std::move(options)}};
}

void print_layer(const nn::LayerDescription& layer) {
  const Style style(stdout);
  print(fmt::format("{}: {}\n", style(Colour::bold, layer.name), layer.summary));
  if (layer.options.empty()) return print("It has no options.\n");
  Table table({"Option", "Type", "Default", "Allowed"}, "llll");
  for (const nn::OptionDescription& option : layer.options)
    table.add({option.name, option.type,
               option.must_be_given ? "(must be given)" : option.default_value, allowed(option)});
  print("\n" + table.text(style));
}

void print_layers(const std::vector<nn::LayerDescription>& layers) {
  Table table({"Layer", "What it does"}, "ll");
  for (const nn::LayerDescription& layer : layers) table.add({layer.name, layer.summary});
  print(table.text(Style(stdout)));
  print("\nwick layers NAME shows the options of one.\n");
}

/// What a model file would be told that has such a layer: it knows the nearest name.
[[noreturn]] void refuse(const std::string& name) {
  try {
    nn::from_json(ordered_json{{"type", name}}.dump());
  } catch (const ModelFileError& error) {
    throw UsageError(error.problems().front().message);
  }
  throw UsageError(fmt::format("unknown layer \"{}\"", name));
}

int show_layers(const Arguments& arguments) {
  const std::vector<nn::LayerDescription> layers = nn::layer_descriptions();
  if (arguments.name.empty()) {
    if (!arguments.json) {
      print_layers(layers);
      return exit_ok;
    }
    ordered_json json = ordered_json::array();
    for (const nn::LayerDescription& layer : layers) json.push_back(layer_json(layer));
    print_json(json);
    return exit_ok;
  }
  const auto layer = std::find_if(layers.begin(), layers.end(), [&](const nn::LayerDescription& l) {
    return l.name == arguments.name;
  });
  if (layer == layers.end()) refuse(arguments.name);
  if (arguments.json)
    print_json(layer_json(*layer));
  else
    print_layer(*layer);
  return exit_ok;
}

}  // namespace

Command layers_command(CLI::App& program) {
  CLI::App* command = add_command(program, "layers", "List the layers, or the options of one layer",
                                  "Example:\n  wick layers Linear\n");
  auto arguments = std::make_shared<Arguments>();
  add_optional_argument(command, "NAME", arguments->name, "A layer");
  add_json(command, arguments->json);
  return {command, [arguments] { return show_layers(*arguments); }};
}

}  // namespace wick::cli
