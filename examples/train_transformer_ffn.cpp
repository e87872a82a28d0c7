// The Transformer's feed-forward blocks, each x + ffn(norm(x)), trained to copy: the answer at
// every position is the token that stands there. The tokens have to pass through all blocks and
// come out as they went in.
#include <wick/wick.h>

#include <CLI/CLI.hpp>
namespace nn = wick::nn;
namespace optim = wick::optim;
namespace F = wick::nn::functional;

constexpr int64_t vocabulary = 32, d_model = 64, batch = 16, length = 20;

struct Block : nn::Module {
  nn::LayerNorm norm{d_model};
  nn::FeedForward ffn{{.d_model = d_model, .dim_feedforward = 4 * d_model, .dropout = 0.1}};

  wick::Tensor forward(const wick::Tensor& x) const override { return x + ffn(norm(x)); }
  WICK_MODULE(Block, norm, ffn)
};

struct Copier : nn::Module {
  nn::Linear embedding{vocabulary, d_model};
  std::vector<Block> blocks = std::vector<Block>(4);
  nn::LayerNorm norm{d_model};
  nn::Linear head{d_model, vocabulary};

  wick::Tensor forward(const wick::Tensor& tokens) const override {
    wick::Tensor x = embedding(F::one_hot(tokens, vocabulary).to(wick::float32));
    for (const Block& block : blocks) x = block(x);
    return head(norm(x));
  }
  WICK_MODULE(Copier, embedding, blocks, norm, head)
};

int main(int argc, char** argv) try {
  CLI::App app{"Trains a stack of four feed-forward blocks to copy tokens."};
  int64_t steps = 100;
  app.add_option("--steps", steps, "How many batches to train on")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  wick::manual_seed(0);
  Copier model;
  optim::AdamW optimizer(model.parameters(), {.lr = 3e-3});
  optim::OneCycleLR schedule(optimizer, {.max_lr = 3e-3, .total_steps = steps + 1});
  for (int64_t step = 0; step <= steps; ++step) {
    const wick::Tensor tokens = wick::randint(0, vocabulary, {batch, length});
    optimizer.zero_grad();
    const wick::Tensor logits = model(tokens).flatten(0, 1);
    const wick::Tensor loss = F::cross_entropy(logits, tokens.flatten());
    loss.backward();
    nn::utils::clip_grad_norm_(model.parameters(), 1.0);
    optimizer.step();
    if (step % 20 == 0) {
      const double right =
          (logits.argmax(1) == tokens.flatten()).to(wick::float32).mean().item<double>();
      fmt::print("step {:3}  loss {:.4f}  copied {:5.1f} %\n", step, loss.item<double>(),
                 100 * right);
    }
    if (step < steps) schedule.step();
  }
} catch (const wick::Error& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
