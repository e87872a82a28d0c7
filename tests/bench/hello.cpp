#include <wick/wick.h>
namespace nn = wick::nn;

struct FeedForward : nn::Module {
  nn::Linear linear1;
  nn::GELU activation;
  nn::Dropout dropout;
  nn::Linear linear2;

  FeedForward(int64_t d_model, int64_t dim_feedforward = 2048, double p = 0.1)
      : linear1(d_model, dim_feedforward), dropout(p), linear2(dim_feedforward, d_model) {}

  wick::Tensor forward(const wick::Tensor& x) const override {
    return linear2(dropout(activation(linear1(x))));
  }
  WICK_MODULE(FeedForward, linear1, activation, dropout, linear2)
};

int main() {
  wick::manual_seed(0);
  FeedForward ffn(512);
  auto x = wick::randn({32, 100, 512});
  auto y = ffn(x);
  fmt::print("{}\nInput shape: {}\nOutput shape: {}\n", ffn, x.shape(), y.shape());
}
