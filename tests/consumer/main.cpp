// Uses wick as an outside project would; run.sh compares what it prints.
#include <wick/wick.h>

struct Doubler : wick::nn::Module {
  wick::nn::Linear linear;

  Doubler() : linear(3, 4) {}

  wick::Tensor forward(const wick::Tensor& x) const override { return linear(x) * 2.0; }
  WICK_MODULE(Doubler, linear)
};

int main() {
  wick::manual_seed(0);
  const Doubler model;
  fmt::print("{}\n", model(wick::randn({2, 3})).shape());
  try {
    model(wick::randn({2, 5}));
  } catch (const wick::Error& error) {  // thrown inside the library, caught outside
    fmt::print("{}\n", error.what());
  }
}
