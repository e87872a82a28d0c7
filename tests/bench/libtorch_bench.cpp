// The cases in libtorch (PyTorch's C++), from 1.13 on; wick_bench.cpp has the same in wick.
#include <torch/torch.h>

#include <stdexcept>

#include "serve.h"

using bench::Array;
using bench::Options;
using bench::Prepared;
using torch::Tensor;

namespace {

/// On the array's own memory.
Tensor view_of(const Array& array) {
  return torch::from_blob(array.data.get(), array.shape,
                          array.dtype == "b1" ? torch::kBool : torch::kFloat32);
}

Tensor tensor_of(const Array& array) { return view_of(array).clone(); }

Array array_of(const Tensor& tensor) {
  const Tensor plain = tensor.detach().to(torch::kFloat32).contiguous();
  return bench::copy_of(plain.data_ptr<float>(), plain.sizes().vec());
}

template <class F>
Prepared forward(F f) {
  return {bench::repeat<c10::InferenceMode>(f), [f] {
            const c10::InferenceMode guard;
            torch::manual_seed(0);
            return array_of(f());
          }};
}

struct FeedForwardImpl : torch::nn::Module {
  torch::nn::Linear linear1;
  torch::nn::GELU activation;
  torch::nn::Dropout dropout;
  torch::nn::Linear linear2;

  FeedForwardImpl(const std::vector<Array>& in, const Options& options)
      : linear1(in[1].shape[1], in[1].shape[0]),
        activation(torch::nn::GELUOptions().approximate(options.text("approximate", "none"))),
        dropout(options.number("p", 0.1)),
        linear2(in[3].shape[1], in[3].shape[0]) {
    register_module("linear1", linear1);
    register_module("activation", activation);
    register_module("dropout", dropout);
    register_module("linear2", linear2);
    const torch::NoGradGuard guard;
    linear1->weight.copy_(view_of(in[1]));
    linear1->bias.copy_(view_of(in[2]));
    linear2->weight.copy_(view_of(in[3]));
    linear2->bias.copy_(view_of(in[4]));
  }
  Tensor forward(const Tensor& x) {
    return linear2->forward(dropout->forward(activation->forward(linear1->forward(x))));
  }
};

Prepared training_step(const Tensor& x, const std::shared_ptr<FeedForwardImpl>& ffn) {
  auto optimizer = std::make_shared<torch::optim::AdamW>(ffn->parameters());
  auto step = [=] {
    optimizer->zero_grad();
    ffn->forward(x).mean().backward();
    optimizer->step();
  };
  ffn->eval();
  ffn->forward(x).mean().backward();
  ffn->train();
  const Array gradient = array_of(ffn->linear1->weight.grad());
  return {bench::repeat<bench::NoGuard>(step), [=] { return gradient; }};
}

Prepared feed_forward(const Options& options, const std::vector<Array>& in) {
  const std::string mode = options.text("mode", "eval");
  auto ffn = std::make_shared<FeedForwardImpl>(in, options);
  Tensor x = tensor_of(in[0]);
  if (options.text("dtype", "f32") == "bf16") {
    ffn->to(torch::kBFloat16);
    x = x.to(torch::kBFloat16);
  }
  ffn->train(mode != "eval");
  if (options.has("warm")) {
    const c10::InferenceMode guard;
    ffn->forward(x.flatten(0, -2).narrow(0, 0, 64));
  }
  if (mode == "step") return training_step(x, ffn);
  auto call = [=] { return ffn->forward(x); };
  Prepared prepared = forward(call);
  if (mode == "record") prepared.run = bench::repeat<bench::NoGuard>(call);
  return prepared;
}

using Function = Tensor (*)(const Tensor& x);

Function unary(const std::string& f) {
  if (f == "relu") return [](const Tensor& x) { return torch::relu(x); };
  if (f == "silu") return [](const Tensor& x) { return torch::silu(x); };
  if (f == "sigmoid") return [](const Tensor& x) { return torch::sigmoid(x); };
  if (f == "tanh") return [](const Tensor& x) { return torch::tanh(x); };
  if (f == "gelu") return [](const Tensor& x) { return torch::gelu(x); };
  if (f == "gelu_tanh") return [](const Tensor& x) { return torch::gelu(x, "tanh"); };
  throw std::runtime_error("no such function: " + f);
}

Prepared pointwise(const Options& options, const std::vector<Array>& in) {
  const Function f = unary(options.text("fn"));
  const Tensor x = tensor_of(in[0]);
  if (options.text("mode", "forward") == "forward") return forward([=] { return f(x); });
  x.requires_grad_();
  const Tensor gradient = tensor_of(in[1]);
  auto call = [=] {
    x.mutable_grad() = Tensor();
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
  if (f == "softmax") return forward([=] { return torch::softmax(x, -1); });
  if (f == "log_softmax") return forward([=] { return torch::log_softmax(x, -1); });
  if (f == "sum") return forward([=] { return torch::sum(x, -1); });
  if (f == "mean") return forward([=] { return torch::mean(x, -1); });
  if (f == "layer_norm") {
    const Tensor weight = tensor_of(in[1]), bias = tensor_of(in[2]);
    const std::vector<int64_t> last = {x.size(-1)};
    return forward([=] { return torch::layer_norm(x, last, weight, bias); });
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
    return forward([=] { return torch::where(c, a, b); });
  }
  throw std::runtime_error("no such function: " + f);
}

Prepared cat_of_three(const Options& options, const std::vector<Array>& in) {
  const std::vector<Tensor> parts = {tensor_of(in[0]), tensor_of(in[1]), tensor_of(in[2])};
  const auto dim = static_cast<int64_t>(options.number("dim", 0));
  return forward([=] { return torch::cat(parts, dim); });
}

Prepared transpose_copy(const Options&, const std::vector<Array>& in) {
  const Tensor x = tensor_of(in[0]);
  return forward([=] { return x.transpose(0, 1).contiguous(); });
}

Prepared random(const Options& options, const std::vector<Array>& in) {
  const std::string f = options.text("fn");
  const Tensor x = tensor_of(in[0]);
  const double p = options.number("p", 0.1);
  if (f == "randn") return forward([=] { return torch::randn(x.sizes()); });
  if (f == "rand") return forward([=] { return torch::rand(x.sizes()); });
  if (f == "dropout") return forward([=] { return torch::dropout(x, p, true); });
  throw std::runtime_error("no such function: " + f);
}

Prepared adamw(const Options& options, const std::vector<Array>& in) {
  auto make = [=] {
    std::vector<Tensor> parameters;
    for (int i = 0; i < static_cast<int>(options.number("tensors", 8)); ++i) {
      parameters.push_back(tensor_of(in[0]).requires_grad_());
      parameters.back().mutable_grad() = tensor_of(in[1]);
    }
    return std::make_shared<torch::optim::AdamW>(parameters);
  };
  auto optimizer = make();
  return {bench::repeat<bench::NoGuard>([=] { optimizer->step(); }), [=] {
            auto fresh = make();
            for (int i = 0; i < 3; ++i) fresh->step();
            return array_of(fresh->param_groups().front().params().front());
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
  return {{}, {}, "libtorch_bench does not know " + op};
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Library library{"name=libtorch version=" TORCH_VERSION, torch::set_num_threads,
                               prepare};
  return bench::serve(library, argc, argv);
}
