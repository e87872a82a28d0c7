// Runs a model that a JSON file describes: run_json_model examples/configs/transformer_ffn.json
#include <wick/wick.h>

#include <CLI/CLI.hpp>
#include <algorithm>
namespace nn = wick::nn;

/// The shape that the model takes, with 1 for each size that is free.
wick::Shape input_shape(const nn::ModelFile& file) {
  if (!file.input) throw wick::ValueError("the model file does not say which `input` it takes");
  wick::Shape shape;
  for (const nn::InputSize& size : *file.input) shape.push_back(size.name.empty() ? size.size : 1);
  return shape;
}

int main(int argc, char** argv) try {
  CLI::App app{"Loads a model from a JSON file and runs it on random numbers."};
  std::string path;
  app.add_option("FILE", path, "The model file")->required()->option_text(" ");
  CLI11_PARSE(app, argc, argv);

  wick::manual_seed(0);
  nn::ModelFile file = nn::ModelFile::load(path);  // with its weights, if it names some
  nn::AnyModule& model = file.model;
  model->eval();                    // dropout passes everything on
  const wick::NoGradGuard no_grad;  // nothing is remembered for training

  const wick::Tensor x = wick::randn(input_shape(file));
  const wick::Tensor y = model(x);

  fmt::print("{}\n", model);
  fmt::print("Input shape: {}\n", x.shape());
  fmt::print("Output shape: {}\n", y.shape());
  fmt::print("First outputs:");
  const std::vector<float> values = y.to_vector<float>();
  for (size_t i = 0; i < std::min<size_t>(5, values.size()); ++i) fmt::print(" {:.6f}", values[i]);
  fmt::print("\n");
} catch (const std::exception& error) {  // a ModelFileError says all that is wrong, line by line
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
