// hello.cpp, the README's program, in libtorch.
#include <torch/torch.h>

#include <iostream>

struct FeedForwardImpl : torch::nn::Module {
  torch::nn::Linear linear1;
  torch::nn::GELU activation;
  torch::nn::Dropout dropout;
  torch::nn::Linear linear2;

  FeedForwardImpl(int64_t d_model, int64_t dim_feedforward = 2048, double p = 0.1)
      : linear1(d_model, dim_feedforward), dropout(p), linear2(dim_feedforward, d_model) {
    register_module("linear1", linear1);
    register_module("activation", activation);
    register_module("dropout", dropout);
    register_module("linear2", linear2);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    return linear2->forward(dropout->forward(activation->forward(linear1->forward(x))));
  }
};
TORCH_MODULE(FeedForward);

int main() {
  torch::manual_seed(0);
  FeedForward ffn(512);
  auto x = torch::randn({32, 100, 512});
  auto y = ffn->forward(x);
  std::cout << *ffn << "\nInput shape: " << x.sizes() << "\nOutput shape: " << y.sizes() << "\n";
}
