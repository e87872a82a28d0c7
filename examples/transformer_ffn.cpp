// The feed-forward block of the Transformer, written as one would in PyTorch.
#include <wick/wick.h>

#include <algorithm>
#include <chrono>
namespace nn = wick::nn;

struct FeedForward : nn::Module {
  nn::Linear linear1;
  nn::GELU activation;
  nn::Dropout dropout;
  nn::Linear linear2;

  FeedForward(int64_t d_model, int64_t dim_feedforward, double p = 0.1)
      : linear1(d_model, dim_feedforward), dropout(p), linear2(dim_feedforward, d_model) {}

  wick::Tensor forward(const wick::Tensor& x) const override {
    return linear2(dropout(activation(linear1(x))));
  }
  WICK_MODULE(FeedForward, linear1, activation, dropout, linear2)
};

/// The median time of nine forward passes.
double milliseconds(const FeedForward& model, const wick::Tensor& x) {
  using clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const auto start = clock::now();
    model(x);
    times.push_back(std::chrono::duration<double, std::milli>(clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

int main() try {
  wick::manual_seed(0);
  FeedForward model(512, 2048);
  const wick::Tensor x = wick::randn({32, 100, 512});  // batch, positions, features

  model.eval();                     // dropout passes everything on
  const wick::NoGradGuard no_grad;  // nothing is remembered for training
  const wick::Tensor y = model(x);

  int64_t parameters = 0;
  for (const wick::Tensor& p : model.parameters()) parameters += p.numel();

  fmt::print("{}\n", model);
  fmt::print("Input shape: {}\n", x.shape());
  fmt::print("Output shape: {}\n", y.shape());
  fmt::print("Parameters: {}\n", parameters);
  fmt::print("First outputs:");
  for (const wick::Tensor& value : y(0, 0, wick::slice(5))) fmt::print(" {:.8f}", value);
  fmt::print("\nForward pass: {:.1f} ms on {} threads\n", milliseconds(model, x),
             wick::get_num_threads());
} catch (const wick::Error& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
