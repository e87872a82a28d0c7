// wick diff: what two weight files, or two models, do not have in common.
#include "cli/diff.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/streams.h"
#include "cli/tensor_file.h"
#include "cli/usage_error.h"
#include "cli/weights.h"
#include "wick/format.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::string a;
  std::string b;
  Tolerance tolerance;
  bool json = false;
};

/// A side of the comparison: a model, or weights alone.
struct Side {
  nn::StateDict state;
  std::string structure = {};  ///< the layers, as text; "" for weights alone
};

Side read_side(const std::string& path, bool values_only) {
  if (!is_model(path)) return {read_weights(path, "")};
  nn::ModelFile file = load_structure(path);
  if (values_only) file.model->to(float32);  // on the meta device: only the text changes
  std::string structure = nn::to_json(*file.model);
  // The numbers of a model without weights are random: there is nothing to compare.
  if (!file.weights.empty()) file = load_model(path, true, 0);
  return {file.model->state_dict(), std::move(structure)};
}

std::string number_text(double value) { return fmt::format("{:.3g}", value); }

std::string tensors_text(const std::vector<TensorDifference>& differences) {
  Table table({"Tensor", "A", "B", "Max abs", "Max rel", "Different"}, "lllrrr");
  for (const TensorDifference& d : differences) {
    std::vector<std::string> row{printable(d.name), d.a.empty() ? "not there" : d.a,
                                 d.b.empty() ? "not there" : d.b};
    if (d.values) {
      row.insert(row.end(), {number_text(d.max_abs), number_text(d.max_rel),
                             fmt::format("{} of {}", grouped(d.different), grouped(d.elements))});
    }
    table.add(std::move(row));
  }
  return table.text(Style(stdout));
}

std::string lines_text(const std::vector<std::string>& lines) {
  const Style style(stdout);
  std::string text;
  for (const std::string& line : lines) {
    if (line.starts_with('-'))
      text += style(Colour::red, printable(line));
    else if (line.starts_with('+'))
      text += style(Colour::green, printable(line));
    else
      text += printable(line);
    text += "\n";
  }
  return text;
}

ordered_json json_of(const Arguments& arguments, const std::vector<TensorDifference>& differences,
                     const std::vector<std::string>& lines) {
  // JSON has no infinity.
  const auto number = [](double value) {
    return std::isfinite(value) ? ordered_json(value) : ordered_json(python_repr(value));
  };
  ordered_json tensors = ordered_json::array();
  for (const TensorDifference& d : differences) {
    ordered_json item{{"name", d.name},
                      {"a", d.a.empty() ? ordered_json() : ordered_json(d.a)},
                      {"b", d.b.empty() ? ordered_json() : ordered_json(d.b)}};
    if (d.values) {
      item["max_abs"] = number(d.max_abs);
      item["max_rel"] = number(d.max_rel);
      item["different"] = d.different;
      item["elements"] = d.elements;
    }
    tensors.push_back(std::move(item));
  }
  return {{"a", arguments.a},
          {"b", arguments.b},
          {"same", differences.empty() && lines.empty()},
          {"tensors", std::move(tensors)},
          {"structure", lines}};
}

/// What the table cannot say: which of the tensors differ in kind and not in numbers.
std::string notes_text(const std::vector<TensorDifference>& differences) {
  int64_t same_numbers = 0;
  bool other_shapes = false;
  for (const TensorDifference& d : differences) {
    if (!d.values || d.a == d.b) continue;
    same_numbers += d.different == 0;
    other_shapes = other_shapes || d.a.substr(d.a.find('[')) != d.b.substr(d.b.find('['));
  }
  std::string text;
  if (other_shapes)
    text +=
        "Where shapes differ and the number of elements does not, they are compared in order.\n";
  if (same_numbers > 0)
    text += fmt::format(
        "{} the same numbers, to the tolerance, in another dtype or shape: --values-only lets that "
        "pass.\n",
        same_numbers == 1 ? "1 tensor has" : fmt::format("{} tensors have", grouped(same_numbers)));
  return text;
}

int diff(const Arguments& arguments) {
  if (arguments.a == standard_stream && arguments.b == standard_stream)
    throw UsageError("only one of the two can be the standard input");
  const Side a = read_side(arguments.a, arguments.tolerance.values_only);
  const Side b = read_side(arguments.b, arguments.tolerance.values_only);
  const std::vector<TensorDifference> tensors = compare(a.state, b.state, arguments.tolerance);
  std::vector<std::string> lines;
  if (!a.structure.empty() && !b.structure.empty())
    lines = line_differences(a.structure, b.structure);
  const int code = tensors.empty() && lines.empty() ? exit_ok : exit_bad;
  if (arguments.json) {
    print_json(json_of(arguments, tensors, lines));
    return code;
  }
  if (code == exit_ok) {
    print(fmt::format("The same: {}\n", counted(static_cast<int64_t>(a.state.size()), "tensor")));
    return code;
  }
  print(fmt::format("A: {}\nB: {}\n", printable(shown_path(arguments.a)),
                    printable(shown_path(arguments.b))));
  if (!lines.empty()) print("\nThe layers differ:\n" + lines_text(lines));
  if (tensors.empty())
    print("\nThe tensors are the same.\n");
  else
    print(fmt::format(
        "\n{} not the same:\n{}",
        tensors.size() == 1 ? "1 tensor is" : fmt::format("{} tensors are", tensors.size()),
        tensors_text(tensors)));
  print(notes_text(tensors));
  return code;
}

}  // namespace

Command diff_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "diff", "Compare two weight files or two models",
      "Numbers are the same if |a - b| <= atol + rtol |b|; both are 0 unless given. They are\n"
      "compared across dtypes, and across shapes of as many elements. The exit code is 0 if all "
      "is\n"
      "the same and 1 if not.\n\n"
      "Examples:\n"
      "  wick diff before.pt after.safetensors --atol 1e-6\n"
      "  wick diff model.json half/model.json --values-only --rtol 1e-3\n");
  auto arguments = std::make_shared<Arguments>();
  add_argument(command, "A", arguments->a, "Weights or a model: .pt .safetensors .npz .json");
  add_argument(command, "B", arguments->b, "What to compare it with");
  add_tolerance(command, "--atol", arguments->tolerance.atol,
                "Absolute difference that is let pass");
  add_tolerance(command, "--rtol", arguments->tolerance.rtol, "The same, relative to B");
  add_flag(command, "--values-only", arguments->tolerance.values_only,
           "Let other dtypes, and shapes of as many elements, pass");
  add_json(command, arguments->json);
  return {command, [arguments] { return diff(*arguments); }};
}

}  // namespace wick::cli
