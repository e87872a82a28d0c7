// A layer of one's own in a JSON file: custom_layer examples/configs/custom_layer.json
#include <wick/wick.h>

#include <CLI/CLI.hpp>
namespace nn = wick::nn;

/// The keys of the layer in a model file. These two have no default, so they must be given; what is
/// said of them stands in the JSON Schema, and finds shapes that do not fit before anything runs.
struct GatedLinearOptions {
  int64_t in_features = nn::required;
  int64_t out_features = nn::required;
  WICK_OPTIONS(nn::option(in_features).at_least(0).size_of_input(-1),
               nn::option(out_features).at_least(0).size_of_output(-1))
};

/// linear(x) * sigmoid(gate(x)): what a linear layer says, and how much of it is let through.
struct GatedLinear : nn::Module {
  using Options = GatedLinearOptions;
  nn::Linear linear;
  nn::Linear gate;
  GatedLinearOptions options;

  explicit GatedLinear(GatedLinearOptions o)
      : linear(o.in_features, o.out_features), gate(o.in_features, o.out_features), options(o) {}

  wick::Tensor forward(const wick::Tensor& x) const override {
    return linear(x) * gate(x).sigmoid();
  }
  WICK_MODULE(GatedLinear, options, linear, gate)
};

int main(int argc, char** argv) try {
  nn::register_layer<GatedLinear>("a linear layer times a gate");  // before any file is loaded

  CLI::App app{"Loads a model with a layer that this program defines."};
  std::string path;
  app.add_option("FILE", path, "The model file")->required()->option_text(" ");
  const auto print_schema = [] {
    fmt::print("{}", nn::model_schema());
    throw CLI::Success();  // and stop
  };
  app.add_flag_callback("--schema", print_schema, "Print the JSON Schema, with this layer");
  CLI11_PARSE(app, argc, argv);

  wick::manual_seed(0);
  nn::AnyModule model = nn::load(path);
  model->eval();
  const wick::NoGradGuard no_grad;
  const wick::Tensor y = model(wick::randn({2, 64}));
  fmt::print("{}\nOutput shape: {}\n{}\n", model, y.shape(), y);
} catch (const std::exception& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
