// Training does not grow: memory after a thousand steps is what it was after a few.
#include <fstream>
#include <string>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;

/// Resident memory in kB, or 0 where the system does not tell.
int64_t resident() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    int64_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes;
  }
  return 0;
}

}  // namespace

TEST_CASE("memory is flat over 1000 steps of training", "[autograd][memory]") {
  if (WICK_TEST_SANITIZED || resident() == 0) {
    WARN("skipped: there is no /proc/self/status, or a sanitizer keeps what is freed");
    return;
  }
  wick::manual_seed(0);
  nn::Sequential model(nn::LayerNorm(16), nn::FeedForward({.d_model = 16, .dim_feedforward = 64}),
                       nn::Residual(nn::Linear(16, 16)), nn::Softmax(-1));
  wick::optim::AdamW optimizer(model.parameters(), {.lr = 1e-3});
  const auto step = [&] {
    const wick::Tensor x = wick::randn({8, 16});
    const wick::Tensor y = wick::zeros({8, 16});
    y[0] = x[0];  // a graph with views
    optimizer.zero_grad();
    const wick::Tensor loss = nn::functional::mse_loss(model(x), y) + y.mean() * 0;
    loss.backward({.create_graph = false});
    try {  // and errors in the middle of one
      loss.backward();
    } catch (const wick::Error&) {
    }
    optimizer.step();
  };
  for (int i = 0; i < 100; ++i) step();
  const int64_t before = resident();
  for (int i = 0; i < 1000; ++i) step();
  CHECK(resident() - before < 1024);
}
