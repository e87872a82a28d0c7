// wick convert: weights and models from one format to another.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/streams.h"
#include "cli/tensor_file.h"
#include "cli/weights.h"
#include "wick/io/npy.h"
#include "wick/io/safetensors.h"
#include "wick/io/torch_checkpoint.h"

namespace wick::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string from;
  std::string to;
  std::string weights;
  std::string key;
  std::string dtype;
  std::string format;
  std::vector<std::string> prefixes;
  std::vector<std::string> patterns;
  bool no_weights = false;
};

/// The two sides of FROM=TO. A pattern may have a = in it, its replacement not.
std::pair<std::string, std::string> sides(const std::string& rule, size_t at) {
  if (at == std::string::npos)
    throw UsageError(fmt::format("\"{}\" is not of the form FROM=TO", rule));
  return {rule.substr(0, at), rule.substr(at + 1)};
}

nn::Rename rename_rules(const Arguments& arguments) {
  nn::Rename rename;
  for (const std::string& rule : arguments.prefixes) {
    auto [from, to] = sides(rule, rule.find('='));
    rename.prefix(std::move(from), std::move(to));
  }
  for (const std::string& rule : arguments.patterns) {
    auto [pattern, replacement] = sides(rule, rule.rfind('='));
    try {
      rename.regex(std::move(pattern), std::move(replacement));
    } catch (const ValueError& error) {
      throw UsageError(error.what());
    }
  }
  return rename;
}

std::optional<DType> wanted_dtype(const Arguments& arguments) {
  if (arguments.dtype.empty()) return std::nullopt;
  for (const DType dtype : {float32, float64, bfloat16, float16})
    if (name(dtype) == arguments.dtype) return dtype;
  throw UsageError(fmt::format("--dtype: must be float32, float64, bfloat16 or float16, got \"{}\"",
                               arguments.dtype));
}

/// A path that stands in the file `from`, so that it means the same in the file `to`.
std::string moved_path(const std::string& path, const fs::path& from, const fs::path& to) {
  if (path.empty() || fs::path(path).is_absolute() || path.find("://") != std::string::npos)
    return path;
  const fs::path target = fs::absolute(from).parent_path() / path;
  return target.lexically_normal()
      .lexically_relative(fs::absolute(to).lexically_normal().parent_path())
      .generic_string();
}

/// Where the result goes to the standard output, nothing else does.
void tell(const std::string& path, const nn::StateDict& state) {
  if (path == standard_stream) return;
  print(fmt::format("{}: {}\n", printable(path), weights_text(state)));
}

/// Puts the tensors of --weights into the model.
void replace_weights(nn::ModuleBase& model, const Arguments& arguments) {
  model.load_state_dict(read_weights(arguments.weights, arguments.key),
                        {.rename = rename_rules(arguments)});
}

nn::ModelFile read_model(const Arguments& arguments) {
  if (arguments.no_weights) return load_structure(arguments.from);
  nn::ModelFile file = load_model(arguments.from, arguments.weights.empty(), 0);
  if (!arguments.weights.empty()) {
    replace_weights(*file.model, arguments);
    file.weights = arguments.weights;
  }
  return file;
}

int write_model(const Arguments& arguments, std::optional<DType> dtype) {
  nn::ModelFile file = read_model(arguments);
  if (dtype) {
    file.model->to(*dtype);
    file.dtype = *dtype;
  }
  file.schema = moved_path(file.schema, arguments.from, arguments.to);
  for (nn::ModelTest& test : file.tests) {
    test.input = moved_path(test.input, arguments.from, arguments.to);
    test.output = moved_path(test.output, arguments.from, arguments.to);
  }
  const fs::path weights = fs::path(arguments.to).replace_extension(".safetensors");
  const bool with_weights = !arguments.no_weights && !file.weights.empty();
  if (with_weights && is_stream(arguments.to))
    throw UsageError(
        "the weights cannot go where the model goes: --no-weights leaves them, a file has room");
  file.weights = with_weights ? weights.filename().string() : "";
  if (is_stream(arguments.to))
    write_bytes(arguments.to, file.to_json());
  else
    file.save(arguments.to);
  if (arguments.to != standard_stream)
    print(fmt::format("{}: {}\n", printable(arguments.to),
                      with_weights ? "a model with weights" : "a model without weights"));
  if (dtype && !file.tests.empty())
    note("the tests in the file were made with another dtype: wick check says whether they pass");
  if (with_weights) tell(weights.string(), file.model->state_dict());
  return exit_ok;
}

int write_weights(const Arguments& arguments, std::string_view format, std::optional<DType> dtype) {
  nn::StateDict state;
  const nn::Rename rename = rename_rules(arguments);
  if (is_model(arguments.from)) {
    const nn::ModelFile file = read_model(arguments);
    if (file.weights.empty())
      throw FileError(
          fmt::format("{} names no weights; --weights gives some", shown_path(arguments.from)));
    state = file.model->state_dict();
  } else {
    state = read_weights(arguments.from, arguments.key);
  }
  nn::StateDict result;
  for (const auto& [name, tensor] : state) {
    // The rules were for the names in --weights, if there is one.
    const std::string new_name = arguments.weights.empty() ? rename(name) : name;
    if (result.contains(new_name))
      throw ValueError(fmt::format("two tensors would be called \"{}\"", printable(new_name)));
    result.set(new_name, dtype && tensor.is_floating_point() ? tensor.to(*dtype) : tensor);
  }
  to_file(arguments.to, format, [&](const std::string& file) {
    if (format == ".npz")
      io::save_npz(file, result);
    else if (format == ".safetensors")
      io::save_safetensors(file, result);
    else
      io::save_torch(file, result);
  });
  tell(arguments.to, result);
  return exit_ok;
}

/// The format of what is written, as an extension.
std::string checked_format(const Arguments& arguments) {
  std::vector<std::string_view> known{".safetensors", ".pt", ".pth", ".npz"};
  const bool from_model = is_model(arguments.from);
  const bool to_model =
      arguments.format.empty() ? has_extension(arguments.to, ".json") : arguments.format == "json";
  if (to_model && !from_model)
    throw UsageError(
        fmt::format("{0} is not a model file: a model with these weights is written by\n"
                    "wick convert MODEL.json {1} --weights {0}",
                    arguments.from, arguments.to));
  if (!to_model && arguments.no_weights)
    throw UsageError("--no-weights is for models: nothing would be written");
  if (!from_model && !arguments.weights.empty())
    throw UsageError("--weights is for models: it replaces theirs");
  if (arguments.no_weights && !arguments.weights.empty())
    throw UsageError("--weights and --no-weights exclude each other");
  const bool renames = !arguments.prefixes.empty() || !arguments.patterns.empty();
  if (to_model && renames && arguments.weights.empty())
    throw UsageError("a model has the names of its layers: --rename-... is for weights");
  if (!arguments.key.empty() && from_model && arguments.weights.empty())
    throw UsageError("--key is for PyTorch checkpoints: the weights of a model are named in it");
  if (to_model) return ".json";
  if (arguments.to == standard_stream && arguments.format.empty())
    throw UsageError("say what the standard output gets: --format safetensors, pt, npz or json");
  return format_for(arguments.to, arguments.format, known, "weights");
}

int convert(const Arguments& arguments) {
  const std::optional<DType> dtype = wanted_dtype(arguments);
  const std::string format = checked_format(arguments);
  return format == ".json" ? write_model(arguments, dtype)
                           : write_weights(arguments, format, dtype);
}

}  // namespace

Command convert_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "convert", "Convert weights, or a model with its weights",
      "A model is written as a model file, without its $comments, and a .safetensors file beside\n"
      "it. Each is replaced whole or not at all. Prefixes are renamed before patterns. Of a\n"
      "checkpoint with several state dicts, --key says which one.\n\n"
      "Examples:\n"
      "  wick convert checkpoint.pt weights.safetensors --key model\n"
      "  wick convert checkpoint.pt ffn.safetensors --rename-prefix module.=\n"
      "  wick convert model.json half/model.json --dtype float16\n"
      "  wick convert model.json trained.json --weights checkpoint.pt\n"
      "  wick convert - - --format npz < checkpoint.pt > weights.npz\n");
  auto arguments = std::make_shared<Arguments>();
  Arguments& a = *arguments;
  add_argument(command, "FROM", a.from, "Weights or a model: .pt .safetensors .npz .json");
  add_argument(command, "TO", a.to, "What to write, in the format of its extension");
  add_text(command, "--weights", a.weights, "FILE", "Give the model the weights of this file");
  add_flag(command, "--no-weights", a.no_weights, "Write the model without its weights");
  add_text(command, "--dtype", a.dtype, "DTYPE", "Convert floating tensors, such as float16");
  add_text(command, "--key", a.key, "KEY", "The part of a PyTorch checkpoint, such as model");
  add_text(command, "--format", a.format, "FORMAT",
           "safetensors pt npz json (by the extension of TO)");
  add_texts(command, "--rename-prefix", a.prefixes, "FROM=TO",
            "Names that begin with FROM begin with TO");
  add_texts(command, "--rename-regex", a.patterns, "PATTERN=TEXT",
            "Replace matches; $1 is the first group");
  return {command, [arguments] { return convert(*arguments); }};
}

}  // namespace wick::cli
