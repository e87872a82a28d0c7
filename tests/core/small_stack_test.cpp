// Every operation in a thread whose stack is small.
#ifdef __linux__

#include <pthread.h>

#include <functional>
#include <string>
#include <vector>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "ops/op_table.h"
#include "wick/wick.h"

#if !WICK_TEST_SANITIZED  // whose frames are larger

using namespace wick;

namespace {

constexpr size_t small = 64 << 10;

/// Runs body in a thread with a stack of 64 KiB. If it needs more, the process ends.
void on_small_stack(const std::function<void()>& body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstacksize(&attributes, small) == 0);
  pthread_t thread{};
  const auto run = [](void* f) -> void* {
    (*static_cast<const std::function<void()>*>(f))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&body)) ==
          0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

std::vector<Tensor> arguments() {
  manual_seed(0);
  std::vector<Tensor> all;
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{12, 12}, Shape{3, 40, 40}, Shape{30, 900}}) {
    const Tensor x = rand(shape);
    for (const DType dtype : {float32, float64, bfloat16, wick::int64, uint8, wick::bool_})
      all.push_back(x.mul(3).to(dtype));
    if (x.dim() > 1) all.push_back(x.transpose(0, -1));
    all.push_back(x.expand_as(x).clone().requires_grad_());
  }
  return all;
}

}  // namespace

TEST_CASE("every op runs on a small stack", "[core][stack]") {
  const std::vector<Tensor> tensors = arguments();
  const std::vector<optable::Op> ops = optable::all_ops();
  int results = 0;
  on_small_stack([&] {
    for (const optable::Op& op : ops)
      for (const Tensor& x : tensors) {
        try {
          for (const Tensor& y : op.call(x, x)) {
            ++results;
            if (y.requires_grad()) y.sum().backward();
          }
        } catch (const Error&) {
        }
      }
  });
  CHECK(results > 100);
}

TEST_CASE("products, random numbers, models and files run on a small stack", "[core][stack]") {
  double sum = 0;
  on_small_stack([&] {
    manual_seed(1);
    for (const DType dtype : {float32, float64, bfloat16, float16}) {
      for (const int64_t n : {5, 60, 300}) {
        const Tensor a = rand({n, 2 * n}, dtype), b = rand({2 * n, n}, dtype);
        for (const Tensor& c : {a.matmul(b), a.t().matmul(b.t()), b.t().matmul(a.t()),
                                a.slice(1, 0, {}, 2).matmul(b.slice(0, 0, {}, 2))})
          sum += c.sum().item<double>();
      }
      for (const int64_t n : {3, 200'000}) {
        Tensor x = empty({n}, dtype);
        x.normal_();
        x.uniform_();
        x.bernoulli_(0.3);
        x.exponential_();
        x.random_();
      }
    }
    sum += randperm(100'000).sum().item<double>();
    nn::FeedForward model(64, 256, 0.1);
    optim::AdamW adam(model.parameters());
    for (int i = 0; i < 3; ++i) {
      adam.zero_grad();
      nn::functional::mse_loss(model(rand({64, 64})), zeros({64, 64})).backward();
      adam.step();
    }
    nn::LayerNorm norm(512);
    norm(rand({100, 512}).requires_grad_()).sum().backward();
    model.eval();
    const InferenceModeGuard inference;
    sum += model(rand({100, 64})).sum().item<double>();
    model.to(bfloat16);
    sum += model(rand({100, 64}, bfloat16)).to(float32).sum().item<double>();
    sum += static_cast<double>(rand({50, 50}).to_string().size());
  });
  CHECK(sum != 0);
}

#endif
#endif
