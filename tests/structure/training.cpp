#include <wick/wick.h>
namespace nn = wick::nn;

int main() {
  wick::manual_seed(0);
  auto x = wick::randn({256, 2});
  auto y = (x(wick::all, 0) * x(wick::all, 1) > 0).to(wick::int64);  // do the signs agree?
  wick::data::DataLoader loader{wick::data::TensorDataset(x, y),
                                {.batch_size = 32, .shuffle = true}};

  nn::Sequential model{nn::Linear(2, 32), nn::GELU(), nn::Linear(32, 2)};
  wick::optim::AdamW optimizer(model.parameters(), {.lr = 0.01});
  for (int epoch = 1; epoch <= 20; ++epoch) {
    wick::Tensor loss;
    for (auto [inputs, labels] : loader) {
      optimizer.zero_grad();
      loss = nn::functional::cross_entropy(model(inputs), labels);
      loss.backward();
      optimizer.step();
    }
    if (epoch % 5 == 0) fmt::print("epoch {:2}  loss {:.4f}\n", epoch, loss);
  }
}
