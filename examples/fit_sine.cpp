// Regression in 30 lines: a small network learns sin(x) from noisy points.
#include <wick/wick.h>
namespace nn = wick::nn;
namespace optim = wick::optim;

int main() {
  wick::manual_seed(0);
  const wick::Tensor x = wick::linspace(-3, 3, 256).unsqueeze(1);
  const wick::Tensor y = sin(x) + wick::randn(x.shape()) * 0.05;

  nn::Sequential model{nn::Linear(1, 32), nn::Tanh(), nn::Linear(32, 32), nn::Tanh(),
                       nn::Linear(32, 1)};
  const nn::MSELoss mse;
  optim::Adam optimizer(model.parameters(), {.lr = 0.01});
  for (int step = 0; step <= 500; ++step) {
    optimizer.zero_grad();
    const wick::Tensor loss = mse(model(x), y);
    loss.backward();
    optimizer.step();
    if (step % 100 == 0) fmt::print("step {:3}  loss {:.5f}\n", step, loss.item<double>());
  }

  const wick::NoGradGuard no_grad;
  fmt::print("\n{:>5} {:>8} {:>8}\n", "x", "sin(x)", "model");
  for (const wick::Tensor& at : wick::linspace(-3, 3, 7))
    fmt::print("{:5.1f} {:8.4f} {:8.4f}\n", at, sin(at), model(at.view({1, 1})).view({}));
}
