// The cases in wick, by its public API alone. torch_worker.py and libtorch_bench.cpp have the same.
#include <wick/wick.h>

#include <stdexcept>

#include "serve.h"

namespace nn = wick::nn;
using bench::Array;
using bench::Options;
using bench::Prepared;
using wick::Tensor;

namespace {

/// On the array's own memory.
Tensor view_of(const Array& array) {
  return wick::from_blob(array.data.get(), array.shape,
                         array.dtype == "b1" ? wick::bool_ : wick::float32);
}

Tensor tensor_of(const Array& array) { return view_of(array).clone(); }

Array array_of(const Tensor& tensor) {
  const Tensor plain = tensor.detach().to(wick::float32).contiguous();
  return bench::copy_of(plain.data_ptr<const float>(), plain.shape().to_vector());
}

/// A case that is not recorded.
template <class F>
Prepared forward(F f) {
  return {bench::repeat<wick::InferenceModeGuard>(f), [f] {
            const wick::InferenceModeGuard guard;
            wick::manual_seed(0);
            return array_of(f());
          }};
}

/// nn::FeedForward, composed by hand of its layers.
struct ByHand : nn::Module {
  nn::Linear linear1;
  nn::GELU activation;
  nn::Dropout dropout;
  nn::Linear linear2;

  ByHand(int64_t d_model, int64_t dim_feedforward, double p)
      : linear1(d_model, dim_feedforward), dropout(p), linear2(dim_feedforward, d_model) {}
  Tensor forward(const Tensor& x) const override {
    return linear2(dropout(activation(linear1(x))));
  }
  WICK_MODULE(ByHand, linear1, activation, dropout, linear2)
};

/// Of the weights in `in`, after the input.
template <class Block>
std::shared_ptr<nn::Module> block_of(const std::vector<Array>& in, double p) {
  auto block = std::make_shared<Block>(in[1].shape[1], in[1].shape[0], p);
  const wick::NoGradGuard guard;
  block->linear1.weight.copy_(view_of(in[1]));
  block->linear1.bias.copy_(view_of(in[2]));
  block->linear2.weight.copy_(view_of(in[3]));
  block->linear2.bias.copy_(view_of(in[4]));
  return block;
}

/// A training step. Its output is the gradient of the first weight, before any step and without
/// dropout.
Prepared training_step(const Tensor& x, const std::shared_ptr<nn::Module>& ffn) {
  auto optimizer = std::make_shared<wick::optim::AdamW>(ffn->parameters());
  auto step = [=] {
    optimizer->zero_grad();
    (*ffn)(x).mean().backward();
    optimizer->step();
  };
  ffn->eval();
  (*ffn)(x).mean().backward();
  ffn->train();
  const Array gradient = array_of(ffn->parameters().front().grad());
  return {bench::repeat<bench::NoGuard>(step), [=] { return gradient; }};
}

/// mode: eval, train (dropout, not recorded), record (dropout, recorded), step. With `byhand`,
/// layer by layer.
Prepared feed_forward(const Options& options, const std::vector<Array>& in) {
  const std::string mode = options.text("mode", "eval");
  const double p = options.number("p", 0.1);
  const auto ffn =
      options.has("byhand") ? block_of<ByHand>(in, p) : block_of<nn::FeedForward>(in, p);
  Tensor x = tensor_of(in[0]);
  if (options.text("dtype", "f32") == "bf16") {
    ffn->to(wick::bfloat16);
    x = x.to(wick::bfloat16);
  }
  ffn->train(mode != "eval");
  if (options.has("warm")) {  // packs the weights and starts the threads
    const wick::InferenceModeGuard guard;
    (*ffn)(x.flatten(0, -2).narrow(0, 0, 64));
  }
  if (mode == "step") return training_step(x, ffn);
  auto call = [=] { return (*ffn)(x); };
  Prepared prepared = forward(call);
  if (mode == "record") prepared.run = bench::repeat<bench::NoGuard>(call);
  return prepared;
}

using Function = Tensor (*)(const Tensor& x);

Function unary(const std::string& f) {
  if (f == "relu") return [](const Tensor& x) { return relu(x); };
  if (f == "silu") return [](const Tensor& x) { return silu(x); };
  if (f == "sigmoid") return [](const Tensor& x) { return sigmoid(x); };
  if (f == "tanh") return [](const Tensor& x) { return tanh(x); };
  if (f == "gelu") return [](const Tensor& x) { return gelu(x); };
  if (f == "gelu_tanh") return [](const Tensor& x) { return gelu(x, "tanh"); };
  throw std::runtime_error("no such function: " + f);
}

/// mode: forward, or both (forward recorded, and backward).
Prepared pointwise(const Options& options, const std::vector<Array>& in) {
  const Function f = unary(options.text("fn"));
  const Tensor x = tensor_of(in[0]);
  if (options.text("mode", "forward") == "forward") return forward([=] { return f(x); });
  x.requires_grad_();
  const Tensor gradient = tensor_of(in[1]);
  auto call = [=] {
    x.set_grad({});
    f(x).backward(gradient);
  };
  return {bench::repeat<bench::NoGuard>(call), [=] {
            call();
            return array_of(x.grad());
          }};
}

Prepared rows(const Options& options, const std::vector<Array>& in) {
  const std::string f = options.text("fn");
  const Tensor x = tensor_of(in[0]);
  if (f == "softmax") return forward([=] { return softmax(x, -1); });
  if (f == "log_softmax") return forward([=] { return log_softmax(x, -1); });
  if (f == "sum") return forward([=] { return sum(x, -1); });
  if (f == "mean") return forward([=] { return mean(x, -1); });
  if (f == "layer_norm") {
    const Tensor weight = tensor_of(in[1]), bias = tensor_of(in[2]);
    const wick::Shape last = {x.size(-1)};
    return forward([=] { return layer_norm(x, last, weight, bias); });
  }
  throw std::runtime_error("no such function: " + f);
}

Prepared binary(const Options& options, const std::vector<Array>& in) {
  const std::string f = options.text("fn");
  const Tensor a = tensor_of(in[0]);
  Tensor b = tensor_of(in[1]);
  if (options.has("transposed")) b = b.t();
  if (f == "add") return forward([=] { return a + b; });
  if (f == "mul") return forward([=] { return a * b; });
  if (f == "where") {
    const Tensor c = tensor_of(in[2]);
    return forward([=] { return where(c, a, b); });
  }
  throw std::runtime_error("no such function: " + f);
}

Prepared cat_of_three(const Options& options, const std::vector<Array>& in) {
  const std::vector<Tensor> parts = {tensor_of(in[0]), tensor_of(in[1]), tensor_of(in[2])};
  const auto dim = static_cast<int64_t>(options.number("dim", 0));
  return forward([=] { return wick::cat(parts, dim); });
}

Prepared transpose_copy(const Options&, const std::vector<Array>& in) {
  const Tensor x = tensor_of(in[0]);
  return forward([=] { return x.transpose(0, 1).contiguous(); });
}

Prepared random(const Options& options, const std::vector<Array>& in) {
  const std::string f = options.text("fn");
  const Tensor x = tensor_of(in[0]);
  const wick::Shape shape = x.shape();
  const double p = options.number("p", 0.1);
  if (f == "randn") return forward([=] { return wick::randn(shape); });
  if (f == "rand") return forward([=] { return wick::rand(shape); });
  if (f == "dropout") return forward([=] { return dropout(x, p, true); });
  throw std::runtime_error("no such function: " + f);
}

/// Steps of AdamW alone, with the same gradients each time.
Prepared adamw(const Options& options, const std::vector<Array>& in) {
  auto make = [=] {
    std::vector<Tensor> parameters;
    for (int i = 0; i < static_cast<int>(options.number("tensors", 8)); ++i) {
      parameters.push_back(tensor_of(in[0]).requires_grad_());
      parameters.back().set_grad(tensor_of(in[1]));
    }
    return std::make_shared<wick::optim::AdamW>(parameters);
  };
  auto optimizer = make();
  return {bench::repeat<bench::NoGuard>([=] { optimizer->step(); }), [=] {
            auto fresh = make();
            for (int i = 0; i < 3; ++i) fresh->step();
            return array_of(fresh->parameters().front());
          }};
}

Prepared prepare(const Options& options, const std::vector<Array>& in) {
  const std::string op = options.text("op");
  if (op == "ffn") return feed_forward(options, in);
  if (op == "unary") return pointwise(options, in);
  if (op == "rows") return rows(options, in);
  if (op == "binary") return binary(options, in);
  if (op == "cat") return cat_of_three(options, in);
  if (op == "transpose") return transpose_copy(options, in);
  if (op == "random") return random(options, in);
  if (op == "adamw") return adamw(options, in);
  return {{}, {}, "wick_bench does not know " + op};
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Library library{"name=wick version=" WICK_BENCH_VERSION, wick::set_num_threads,
                               prepare};
  return bench::serve(library, argc, argv);
}
