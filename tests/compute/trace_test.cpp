// What a model does on meta, noted, and done again on the cpu.
#include "catch.h"
#include "compute/copy.h"
#include "compute/pointwise.h"
#include "compute/traced.h"
#include "wick/wick.h"

using namespace wick;
using traced::check_same_bits;

namespace {

/// Attention as a user writes it, of what tensors can do.
struct Attention : nn::Module {
  nn::Linear queries, keys, values, out;
  int64_t heads;

  Attention(int64_t features, int64_t number_of_heads)
      : queries(features, features),
        keys(features, features),
        values(features, features),
        out(features, features),
        heads(number_of_heads) {}

  Tensor split(const Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
  }
  Tensor forward(const Tensor& x) const override {
    const Tensor q = split(queries(x)), k = split(keys(x)), v = split(values(x));
    Tensor scores = matmul(q, k.transpose(-2, -1)) / std::sqrt(static_cast<double>(q.size(-1)));
    const Tensor later = triu(ones({x.size(1), x.size(1)}), 1) > 0;
    scores.masked_fill_(later, -inf);
    return out(matmul(softmax(scores, -1), v).transpose(1, 2).reshape(x.shape()));
  }
  WICK_MODULE(Attention, queries, keys, values, out)
};

struct Block : nn::Module {
  Attention attention;
  nn::LayerNorm norm1, norm2;
  nn::Linear linear1;
  nn::GELU activation;
  nn::Linear linear2;

  Block(int64_t features, int64_t heads)
      : attention(features, heads),
        norm1(features),
        norm2(features),
        linear1(features, 4 * features),
        linear2(4 * features, features) {}
  Tensor forward(const Tensor& x) const override {
    Tensor y = x + attention(norm1(x));
    y += linear2(activation(linear1(norm2(y))));
    return y;
  }
  WICK_MODULE(Block, attention, norm1, norm2, linear1, activation, linear2)
};

/// f(x) on the cpu, and the replay of its trace.
template <class F>
void check_replay(const Tensor& x, F f) {
  const Tensor traced = empty(x.shape(), {.dtype = x.dtype(), .device = Device::meta});
  Tensor result;
  std::vector<compute::Note> notes;
  {
    const compute::TraceGuard guard;
    result = f(traced);
    notes = guard.notes();
  }
  REQUIRE(result.is_meta());
  CHECK(!notes.empty());
  const NoFusionGuard unfused;  // what is noted are the operations, one by one
  const Tensor expected = f(x.clone());
  compute::Replay replay;
  replay.bind(traced, x.clone());
  replay.run(notes);
  check_same_bits(replay.value(result), expected);
}

/// Takes any number of tensors.
struct Count {
  static constexpr std::string_view name = "count";
  void operator()(const Tensor& out, std::span<const Tensor> in) const {
    compute::Fill{static_cast<int64_t>(in.size())}(out);
  }
};

}  // namespace

TEST_CASE("trace: a Transformer block written by a user gives the same bits", "[compute]") {
  manual_seed(1);
  Block block(32, 4);
  const NoGradGuard no_grad;
  check_replay(randn({2, 7, 32}), [&](const Tensor& x) { return block(x); });
  block.to(DType::float64);
  check_replay(randn({1, 3, 32}, DType::float64), [&](const Tensor& x) { return block(x); });
  block.to(DType::bfloat16);
  check_replay(randn({2, 5, 32}).to(DType::bfloat16), [&](const Tensor& x) { return block(x); });
}

TEST_CASE("trace: notes are primitives with their parameters and tensors", "[compute]") {
  const Tensor x = empty({2, 3}, {.device = Device::meta});
  const compute::TraceGuard guard;
  const Tensor y = relu(x);
  const Tensor z = y + 1;
  REQUIRE(guard.notes().size() == 2);
  const compute::Note& first = guard.notes()[0];
  CHECK(first.primitive.name() == "unary");
  REQUIRE(first.primitive.get<compute::Unary>());
  CHECK(first.primitive.get<compute::Unary>()->op == kernels::Unary::relu);
  CHECK(first.primitive.get<compute::Binary>() == nullptr);
  REQUIRE(first.inputs.size() == 1);
  CHECK(first.inputs[0].shares_storage(x));
  CHECK(first.outputs[0].shares_storage(y));
  CHECK(guard.notes()[1].inputs[0].shares_storage(y));
  CHECK(!guard.notes()[1].inputs[1].defined());  // the number is a parameter
}

TEST_CASE("trace: writes through views and in place", "[compute]") {
  const NoGradGuard no_grad;
  check_replay(randn({4, 6}), [](const Tensor& x) {
    Tensor y = x * 2;
    y[1] += 3;
    y.select(1, 2).mul_(x.select(1, 0));
    y.t().slice(0, 0, 2).fill_(-1);
    y.as_strided({2, 2}, {6, 1}, 8).copy_(x.as_strided({2, 2}, {1, 6}, 1));
    return y.t();
  });
}

TEST_CASE("trace: a write that reads its own elements reads what they were before", "[compute]") {
  const NoGradGuard no_grad;
  check_replay(randn({6, 3}), [](const Tensor& x) {
    Tensor y = x * 2;
    y.slice(0, 1).add_(y.slice(0, 0, 5));
    y.slice(0, 0, 4).copy_(y.slice(0, 2));
    return y;
  });
}

TEST_CASE("trace: constants are kept and nothing is noted on the cpu", "[compute]") {
  const compute::TraceGuard guard;
  const Tensor ramp = arange(6).reshape({2, 3}) * 2;
  CHECK(guard.notes().empty());
  CHECK(!ramp.is_meta());
  const Tensor x = empty({2, 3}, {.device = Device::meta});
  const Tensor y = x + ramp;
  REQUIRE(guard.notes().size() >= 1);
  compute::Replay replay;
  replay.bind(x, ones({2, 3}));
  replay.run(guard.notes());
  CHECK(equal(replay.value(y), tensor({{1.0F, 3.0F, 5.0F}, {7.0F, 9.0F, 11.0F}})));
}

TEST_CASE("trace: guards nest and end", "[compute]") {
  const Tensor x = empty({2}, {.device = Device::meta});
  CHECK(!compute::is_tracing());
  const compute::TraceGuard outer;
  (void)exp(x);
  {
    const compute::TraceGuard inner;
    (void)log(x);
    (void)log(x);
    CHECK(inner.notes().size() == 2);
  }
  (void)exp(x);
  CHECK(outer.notes().size() == 2);
}

TEST_CASE("trace: an empty tensor has nothing to compute", "[compute]") {
  const compute::TraceGuard guard;
  (void)exp(empty({0, 3}, {.device = Device::meta}));
  CHECK(guard.notes().empty());
}

TEST_CASE("trace: a primitive of any number of tensors", "[compute]") {
  const Tensor out = empty({1}, {.device = Device::meta});
  const std::vector<Tensor> in{ones({1}), ones({2}), ones({3})};
  const compute::TraceGuard guard;
  compute::run(Count(), out, std::span<const Tensor>(in));
  REQUIRE(guard.notes().size() == 1);
  CHECK(guard.notes()[0].inputs.size() == 3);
  compute::Replay replay;
  replay.run(guard.notes());
  CHECK(replay.value(out).item<float>() == 3);
}

TEST_CASE("replay: what is bound has the shape, the dtype and a storage of its own", "[compute]") {
  const Tensor x = empty({2, 3}, {.device = Device::meta});
  compute::Replay replay;
  CHECK_THROWS_AS(replay.bind(x, ones({3, 2})), ShapeError);
  CHECK_THROWS_AS(replay.bind(x, ones({2, 3}, DType::float64)), TypeError);
  CHECK_THROWS_AS(replay.bind(x, ones({3, 2}).t()), ValueError);
  CHECK_NOTHROW(replay.bind(x, ones({2, 3})));
}

TEST_CASE("replay: integers divided by zero are errors then, too", "[compute]") {
  const Tensor a = empty({2}, {.dtype = DType::int64, .device = Device::meta});
  const Tensor b = empty({2}, {.dtype = DType::int64, .device = Device::meta});
  const compute::TraceGuard guard;
  (void)floor_divide(a, b);
  compute::Replay replay;
  replay.bind(a, ones({2}, DType::int64));
  replay.bind(b, zeros({2}, DType::int64));
  CHECK_THROWS_AS(replay.run(guard.notes()), ValueError);
}

TEST_CASE("replay: positions are checked, for nobody could before", "[compute]") {
  const Tensor x = empty({4}, {.device = Device::meta});
  const Tensor index = empty({2}, {.dtype = DType::int64, .device = Device::meta});
  const auto replay = [&](const auto& f, const Tensor& positions) {
    const compute::TraceGuard guard;
    (void)f();
    compute::Replay again;
    again.bind(x, ones({4}));
    again.bind(index, positions);
    again.run(guard.notes());
  };
  const auto select = [&] { return index_select(x, 0, index); };
  const auto pick = [&] { return x(index); };
  const auto collect = [&] { return gather(x, 0, index); };
  const auto put = [&] {
    Tensor y = x.clone();
    y.index_put_({index}, ones({2}, {.device = Device::meta}), true);
    return y;
  };
  for (const int64_t bad : {int64_t{4}, int64_t{400'000'000}, int64_t{-5}}) {
    const Tensor positions = tensor({int64_t{0}, bad});
    CHECK_THROWS_AS(replay(put, positions), IndexError);
    CHECK_THROWS_AS(replay(select, positions), IndexError);
    CHECK_THROWS_AS(replay(pick, positions), IndexError);
    CHECK_THROWS_AS(replay(collect, positions), IndexError);
  }
  CHECK_THROWS_AS(replay(pick, tensor({int64_t{4}, int64_t{0}})), IndexError);
  CHECK_THROWS_AS(replay(select, tensor({int64_t{-1}, int64_t{0}})), IndexError);
  CHECK_NOTHROW(replay(pick, tensor({int64_t{-4}, int64_t{3}})));
}

TEST_CASE("trace: notes keep what a call was given", "[compute]") {
  const NoGradGuard no_grad;
  const Tensor x = empty({3}, {.device = Device::meta});
  nn::Linear layer(3, 3);
  const compute::TraceGuard guard;
  Tensor y = x + 1;
  const Tensor z = y * 3;
  y.set_data(x);
  const Tensor w = y + z;
  const Tensor u = w + layer.bias;
  const Tensor before = layer.bias.clone();
  layer.to(DType::float16);
  compute::Replay replay;
  const Tensor value = tensor({1.0F, 2.0F, 3.0F});
  replay.bind(x, value);
  replay.run(guard.notes());
  CHECK(equal(replay.value(w), tensor({7.0F, 11.0F, 15.0F})));
  CHECK(equal(replay.value(u), tensor({7.0F, 11.0F, 15.0F}) + before));
  CHECK(equal(value, tensor({1.0F, 2.0F, 3.0F})));
}

TEST_CASE("trace: a constant that is written to is an error", "[compute]") {
  const Tensor x = empty({2}, {.device = Device::meta});
  const Tensor constant = ones({2});
  const compute::TraceGuard guard;
  (void)(x * constant);
  CHECK_NOTHROW(guard.notes());
  constant.add_(1);
  CHECK_THROWS_AS(guard.notes(), Error);
}

TEST_CASE("trace: what cannot be traced says so", "[compute]") {
  const compute::TraceGuard guard;
  const Tensor index = empty({1}, {.dtype = DType::int64, .device = Device::meta});
  CHECK_THROWS_AS(zeros({4}).index_put_({index}, ones({1})), TypeError);
  Tensor p = empty({2}, {.device = Device::meta});
  p.requires_grad_();
  p.set_grad(empty({2}, {.device = Device::meta}));
  optim::SGD sgd({p}, {.lr = 0.1});
  CHECK_THROWS_AS(sgd.step(), Error);
}

TEST_CASE("replay: what was not bound is not read", "[compute]") {
  const Tensor x = empty({2}, {.device = Device::meta});
  const compute::TraceGuard guard;
  (void)(x + 1);
  compute::Replay replay;
  CHECK_THROWS_AS(replay.run(guard.notes()), Error);
}

TEST_CASE("trace: clipping gradients", "[compute]") {
  const Tensor x = empty({3}, {.device = Device::meta});
  Tensor p = empty({3}, {.device = Device::meta});
  p.requires_grad_();
  p.set_grad(x);
  const compute::TraceGuard guard;
  nn::utils::clip_grad_norm_({p}, 1.0);
  compute::Replay replay;
  const Tensor value = tensor({3.0F, 0.0F, 4.0F});
  replay.bind(x, value);
  replay.run(guard.notes());
  CHECK(allclose(value, tensor({0.6F, 0.0F, 0.8F})));
}
