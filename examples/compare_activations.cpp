// Five activation functions side by side: as a table, and with --svg FILE as a picture, too.
#include <wick/wick.h>

#include <CLI/CLI.hpp>

#include "plot_svg.h"
namespace nn = wick::nn;

void print_table(const nn::ModuleDict& activations) {
  fmt::print("{:>6}", "x");
  for (const auto& [name, activation] : activations) fmt::print(" {:>8}", name);
  fmt::print("\n");

  for (const wick::Tensor& x : wick::linspace(-4, 4, 21)) {
    fmt::print("{:6.2f}", x);
    for (const auto& [name, activation] : activations) fmt::print(" {:8.4f}", activation(x));
    fmt::print("\n");
  }
}

void draw(const nn::ModuleDict& activations, const std::string& file) {
  const wick::Tensor x = wick::linspace(-4, 4, 401);
  plot::Figure figure{.title = "Activation functions", .x_label = "x", .y_label = "f(x)"};
  for (const auto& [name, activation] : activations) figure.add(name, x, activation(x));
  figure.save(file);
}

int main(int argc, char** argv) try {
  CLI::App app{"Prints the values of five activation functions from -4 to 4."};
  std::string file;
  app.add_option("--svg", file, "Also draw the curves, into this file")->option_text("FILE");
  CLI11_PARSE(app, argc, argv);

  const nn::ModuleDict activations{{"GELU", nn::GELU()},
                                   {"ReLU", nn::ReLU()},
                                   {"Sigmoid", nn::Sigmoid()},
                                   {"Tanh", nn::Tanh()},
                                   {"SiLU", nn::SiLU()}};
  print_table(activations);
  if (!file.empty()) draw(activations, file);
} catch (const wick::Error& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
