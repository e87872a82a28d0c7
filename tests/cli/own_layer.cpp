// The program of somebody with a layer of their own: all that `wick` does, for files with that
// layer.
#include <wick/cli.h>
#include <wick/wick.h>

struct ScaleOptions {
  double factor = 1;
  WICK_OPTIONS(factor)
};

struct Scale : wick::nn::Module {
  using Options = ScaleOptions;
  explicit Scale(ScaleOptions o = {}) : options(o) {}
  wick::Tensor forward(const wick::Tensor& x) const override { return x * options.factor; }
  ScaleOptions options;
  WICK_MODULE(Scale, options)
};

int main(int argc, char** argv) {
  wick::nn::register_layer<Scale>("multiplies by a constant");
  return wick::cli::main(argc, argv);
}
