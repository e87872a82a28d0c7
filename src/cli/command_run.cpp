// wick run: what a model makes of an input.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/shape_text.h"
#include "cli/streams.h"
#include "cli/tensor_file.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/ops.h"
#include "wick/random.h"

namespace wick::cli {
namespace {

struct Arguments {
  std::string file;
  std::string input;
  std::string name;
  std::string random;
  std::string output;
  std::string format;
  uint64_t seed = 0;
  int64_t batch = 0;
};

Tensor read_input(const Arguments& arguments, DType dtype) {
  if (!arguments.random.empty()) {
    const Shape shape = parse_shape(arguments.random);
    manual_seed(arguments.seed);
    return random_input(shape, dtype);
  }
  const Tensor x = read_tensor(arguments.input, arguments.name);
  if (x.dtype() == dtype) return x;
  // The numbers of a table have no dtype of their own.
  if (!is_table(arguments.input))
    note(fmt::format("{} is {}; converted to the model's {}", shown_path(arguments.input),
                     name(x.dtype()), name(dtype)));
  return x.to(dtype);
}

/// The outputs for `size` rows at a time, joined.
Tensor run_in_pieces(const nn::ModuleBase& model, const Tensor& x, int64_t size) {
  if (x.dim() == 0) throw ValueError("--batch: the input has no dimension 0");
  if (x.size(0) <= size) return model(x);
  Progress progress(x.size(0));
  std::vector<Tensor> outputs;
  for (int64_t start = 0; start < x.size(0); start += size) {
    progress.show(start);
    const Tensor piece = x.narrow(0, start, std::min(size, x.size(0) - start));
    outputs.push_back(model(piece));
    const Shape& shape = outputs.back().shape();
    if (shape.empty() || shape[0] != piece.size(0))
      throw ValueError(
          fmt::format("--batch: the model makes {} of {}, so its outputs cannot be joined along "
                      "dimension 0",
                      shape.to_string(), piece.shape().to_string()));
  }
  return cat(outputs);
}

int run(const Arguments& arguments) {
  if (arguments.input.empty() == arguments.random.empty())
    throw UsageError("give the input with --input FILE, or draw it with --random SHAPE");
  if (arguments.file == standard_stream && arguments.input == standard_stream)
    throw UsageError("only one of the model and its input can be the standard input");
  if (arguments.output.empty() && !arguments.format.empty())
    throw UsageError("--format is for --output; --output - is the standard output");
  std::string format;
  if (!arguments.output.empty())
    format = format_for(arguments.output, arguments.format, tensor_formats(), "tensors");
  if (!arguments.random.empty()) parse_shape(arguments.random);  // before the model is loaded

  const NoGradGuard no_grad;
  const nn::ModelFile file = load_model(arguments.file, true, arguments.seed);
  if (file.weights.empty() && !file.model->parameters().empty())
    note(fmt::format("{} names no weights: the parameters are random, from seed {}",
                     shown_path(arguments.file), arguments.seed));
  const Tensor x = read_input(arguments, input_dtype(file));
  const Tensor y =
      arguments.batch > 0 ? run_in_pieces(*file.model, x, arguments.batch) : (*file.model)(x);
  if (arguments.output.empty())
    print(y.to_string() + "\n");
  else
    write_tensor(arguments.output, format, y, "output");
  return exit_ok;
}

}  // namespace

Command run_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "run", "Run a model on an input",
      "The model is in eval mode. Without --output the result is printed. The random input is\n"
      "that of torch.manual_seed(SEED); torch.randn(SHAPE), and the parameters of a model without\n"
      "weights are those that PyTorch gives it after the same torch.manual_seed(SEED). What the\n"
      "standard input has (npy, npz, safetensors, pt, csv), its content tells; the standard "
      "output\n"
      "gets npy unless --format says another.\n\n"
      "Examples:\n"
      "  wick run model.json --input x.npy --output y.npy --batch 32\n"
      "  wick run model.json --random 2,512 --seed 0\n"
      "  make_input | wick run model.json -i - -o - --format csv\n");
  auto arguments = std::make_shared<Arguments>();
  Arguments& a = *arguments;
  add_model(command, a.file);
  CLI::Option* input =
      add_text(command, "-i,--input", a.input, "FILE", "Input: .npy .npz .safetensors .pt .csv");
  needs(add_text(command, "--name", a.name, "NAME", "Which tensor of the input file"), input);
  excludes(
      add_text(command, "--random", a.random, "SHAPE", "Normal random input, such as 32,100,512"),
      input);
  add_seed(command, a.seed);
  add_text(command, "-o,--output", a.output, "FILE",
           "Output: .npy .npz .safetensors .pt .csv .json");
  add_text(command, "--format", a.format, "FORMAT",
           "npy npz safetensors pt csv json (by the extension)");
  add_integer(command, "--batch", a.batch, 1, INT64_MAX,
              "Run so many rows of dimension 0 at a time");
  return {command, [arguments] { return run(*arguments); }};
}

}  // namespace wick::cli
