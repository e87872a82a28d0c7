#include "wick/nn/module.h"

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

struct Block : nn::Module {
  nn::Linear linear1{4, 8};
  nn::ReLU activation;
  nn::Linear linear2{8, 4};
  Tensor forward(const Tensor& x) const override { return linear2(activation(linear1(x))); }
  WICK_MODULE(Block, linear1, activation, linear2)
};

struct Net : nn::Module {
  int64_t heads = 2;
  nn::Parameter scale = wick::ones({4});
  nn::Buffer steps = wick::zeros({1});
  Block first;
  std::vector<Block> more = std::vector<Block>(2);
  nn::AnyModule last = nn::Dropout(0.5);
  Tensor forward(const Tensor& x) const override {
    Tensor y = first(x) * scale;
    for (const Block& block : more) y = block(y);
    return last(y);
  }
  WICK_MODULE(Net, heads, scale, steps, first, more, last)
};

/// Uses `hidden`, which it does not list.
struct Forgetful : nn::Module {
  nn::Linear listed{4, 4};
  nn::Linear hidden{4, 4};
  Tensor forward(const Tensor& x) const override { return hidden(listed(x)); }
  WICK_MODULE(Forgetful, listed)
};

std::vector<std::string> names(const nn::NamedTensors& tensors) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : tensors) result.push_back(name);
  return result;
}

}  // namespace

TEST_CASE("fields have dotted names, in order", "[module]") {
  Net net;
  CHECK(names(net.named_parameters()) ==
        std::vector<std::string>{
            "scale", "first.linear1.weight", "first.linear1.bias", "first.linear2.weight",
            "first.linear2.bias", "more.0.linear1.weight", "more.0.linear1.bias",
            "more.0.linear2.weight", "more.0.linear2.bias", "more.1.linear1.weight",
            "more.1.linear1.bias", "more.1.linear2.weight", "more.1.linear2.bias"});
  CHECK(names(net.named_buffers()) == std::vector<std::string>{"steps"});
  CHECK(net.state_dict().size() == 14);
  CHECK(net.parameters().size() == 13);
  std::vector<std::string> modules;
  for (const auto& [name, module] : net.named_modules()) modules.push_back(name);
  CHECK(modules.size() == 14);
  CHECK(modules[0].empty());
  CHECK(modules[1] == "first");
  CHECK(modules[2] == "first.linear1");
  CHECK(net.children().size() == 4);
  CHECK(&net.get_submodule("more.1.linear2") == &net.more[1].linear2);
  CHECK(net.get_parameter("first.linear1.bias").is_same(net.first.linear1.bias));
  CHECK_THROWS_WITH(net.get_submodule("first.linear3"),
                    "Net has no attribute `first.linear3`; did you mean \"first.linear1\"?");
  CHECK_THROWS_WITH(net.get_parameter("frist.linear1.bias"),
                    "Net has no parameter `frist.linear1.bias`; did you mean "
                    "\"first.linear1.bias\"?");
}

TEST_CASE("modules are values", "[module]") {
  Net net;
  const Net copy = net;
  CHECK(equal(copy.scale, net.scale));
  CHECK_FALSE(copy.scale.shares_storage(net.scale));
  CHECK(copy.first.linear1.weight.requires_grad());
  CHECK_FALSE(copy.more[0].linear1.weight.shares_storage(copy.more[1].linear1.weight));

  const std::vector<Tensor> handles = net.parameters();
  Net moved = std::move(net);
  CHECK(handles[1].is_same(moved.first.linear1.weight));
  {
    const wick::NoGradGuard guard;
    handles[1].fill_(3);
  }
  CHECK(moved.first.linear1.weight(0, 0).item<float>() == 3);

  moved = copy;  // the copy's elements, in the tensors that are there
  CHECK(handles[1].is_same(moved.first.linear1.weight));
  CHECK(equal(moved.first.linear1.weight, copy.first.linear1.weight));
  CHECK_FALSE(moved.first.linear1.weight.shares_storage(copy.first.linear1.weight));
  moved = *&moved;
  CHECK(equal(moved.scale, copy.scale));
}

TEST_CASE("a moved-from module throws", "[module]") {
  Block block;
  const Block taken = std::move(block);
  CHECK_THROWS_AS(block(wick::ones({1, 4})), wick::Error);
  nn::AnyModule any = nn::ReLU();
  const nn::AnyModule other = std::move(any);
  CHECK_THROWS_WITH(any(wick::ones({1})), "AnyModule is empty: its module was moved out");
  CHECK_THROWS_AS(nn::AnyModule(std::unique_ptr<nn::Module>()), wick::ValueError);
  CHECK_NOTHROW(nn::AnyModule(any));  // a copy of an empty one is empty
}

TEST_CASE("a copy is never of a base class only", "[module][errors]") {
  struct Doubled : nn::Linear {
    using nn::Linear::Linear;
    Tensor forward(const Tensor& x) const override { return nn::Linear::forward(x) * 2; }
  };
  const nn::AnyModule any = Doubled(2, 2);
  CHECK_NOTHROW(any(wick::ones({2})));
  CHECK_THROWS_WITH(nn::AnyModule(any),
                    "a module derived from Linear cannot be copied: the copy would be a plain "
                    "Linear; give the class a WICK_MODULE, or a clone(), of its own");
  struct Tripled : nn::Linear {
    using nn::Linear::Linear;
    Tensor forward(const Tensor& x) const override { return nn::Linear::forward(x) * 3; }
    WICK_MODULE(Tripled, options, weight, bias)
  };
  const nn::AnyModule tripled = Tripled(2, 2);
  CHECK(equal(nn::AnyModule(tripled)(wick::ones({2})), tripled(wick::ones({2}))));
}

TEST_CASE("modes reach every submodule", "[module]") {
  Net net;
  CHECK(net.training());
  net.eval();
  for (const nn::ModuleBase* m : net.modules()) CHECK_FALSE(m->training());
  CHECK_FALSE(net.last->training());
  net.train();
  for (const nn::ModuleBase* m : net.modules()) CHECK(m->training());
  net.train(false);
  CHECK_FALSE(net.more[1].linear2.training());

  net.requires_grad_(false);
  for (const Tensor& p : net.parameters()) CHECK_FALSE(p.requires_grad());

  int visited = 0;
  net.apply([&](nn::Module&) { ++visited; });
  CHECK(visited == 14);
  CHECK_THROWS_AS(net.apply(nullptr), wick::ValueError);
}

TEST_CASE("to converts in place: handles stay valid", "[module]") {
  Net net;
  const Tensor handle = net.first.linear1.weight;
  net.to(wick::float64);
  CHECK(handle.dtype() == wick::float64);
  CHECK(net.steps.dtype() == wick::float64);
  CHECK(handle.requires_grad());
  CHECK(net.eval()(wick::ones({2, 4}, wick::float64)).dtype() == wick::float64);
  CHECK_THROWS_AS(net.to(wick::int64), wick::TypeError);
  net.to(wick::meta);
  CHECK(handle.is_meta());
  CHECK(net(wick::ones({2, 4}, {.dtype = wick::float64, .device = wick::meta})).shape() ==
        wick::Shape{2, 4});
  CHECK_THROWS_AS(net.to(wick::cpu), wick::TypeError);
}

TEST_CASE("a model is built on the meta device without a byte of weights", "[module]") {
  const wick::DeviceGuard guard(wick::meta);
  const nn::FeedForward huge(1 << 20, 1 << 22);
  const Tensor y = huge(wick::randn({8, 1 << 20}));
  CHECK(y.is_meta());
  CHECK(y.shape() == wick::Shape{8, 1 << 20});
}

TEST_CASE("hooks see and replace inputs and outputs", "[module]") {
  nn::Identity id;
  std::vector<std::string> log;
  nn::HookHandle pre = id.register_forward_pre_hook([&](const nn::Module& m, const Tensor& x) {
    log.push_back("pre " + std::string(m.type_name()));
    return x + 1;
  });
  nn::HookHandle post =
      id.register_forward_hook([&](const nn::Module&, const Tensor& x, const Tensor& y) {
        log.push_back("post");
        CHECK(x.item<float>() == 1);
        CHECK(y.item<float>() == 1);
        return Tensor();
      });
  CHECK(id(wick::zeros({1})).item<float>() == 1);
  CHECK(log == std::vector<std::string>{"pre Identity", "post"});
  const nn::Identity copy = id;
  pre.remove();
  post.remove();
  post.remove();
  CHECK(id(wick::zeros({1})).item<float>() == 0);
  CHECK(copy(wick::zeros({1})).item<float>() == 1);  // a copy has hooks of its own
  CHECK_THROWS_AS(id.register_forward_hook(nullptr), wick::ValueError);

  nn::HookHandle outlives;
  {
    nn::ReLU gone;
    outlives =
        gone.register_forward_pre_hook([](const nn::Module&, const Tensor&) { return Tensor(); });
  }
  outlives.remove();
}

TEST_CASE("an error in a hook says where, and the next call is not affected", "[module][errors]") {
  nn::Sequential net{nn::Linear(2, 3), nn::Sequential{{"a", nn::Linear(3, 3)}}};
  nn::Module& inner = net[1].as<nn::Sequential>()["a"];
  nn::HookHandle fails =
      inner.register_forward_hook([](const nn::Module&, const Tensor&, const Tensor&) -> Tensor {
        throw wick::ValueError("too large");
      });
  for (int i = 0; i < 2; ++i)
    CHECK_THROWS_WITH(net(wick::ones({1, 2})), "1.a (Linear(3 -> 3)): too large");
  fails.remove();
  CHECK_NOTHROW(net(wick::ones({1, 2})));

  int runs = 0;
  nn::HookHandle once;
  once = net.register_forward_hook([&](const nn::Module&, const Tensor&, const Tensor&) {
    ++runs;
    once.remove();  // while it runs
    return Tensor();
  });
  net(wick::ones({1, 2}));
  net(wick::ones({1, 2}));
  CHECK(runs == 1);
}

TEST_CASE("an error in a forward pass says where", "[module][errors]") {
  struct Encoder : nn::Module {
    nn::ModuleList layers{nn::Identity(), nn::Sequential{{"ffn", Block()}}};
    Tensor forward(const Tensor& x) const override {
      Tensor y = x;
      for (const nn::NamedModule& layer : layers) y = layer.module(y);
      return y;
    }
    WICK_MODULE(Encoder, layers)
  };
  const Encoder encoder;
  CHECK_THROWS_WITH(encoder(wick::ones({3, 5})),
                    "layers.1.ffn.linear1 (Linear(4 -> 8)): mat1 and mat2 shapes cannot be "
                    "multiplied (3x5 and 4x8)");
  CHECK_THROWS_AS(encoder(wick::ones({3, 5})), wick::ShapeError);
  // The module that was called itself has no path, but a name.
  CHECK_THROWS_WITH(nn::Linear(4, 8)(wick::ones({3, 5})),
                    "Linear(4 -> 8): mat1 and mat2 shapes cannot be multiplied (3x5 and 4x8)");
  // An exception that is not wick's passes as it is.
  nn::Sequential net{nn::Identity()};
  net[0].register_forward_pre_hook(
      [](const nn::Module&, const Tensor&) -> Tensor { throw std::out_of_range("mine"); });
  CHECK_THROWS_AS(net(wick::ones({1})), std::out_of_range);
}

TEST_CASE("a forgotten field is found", "[module]") {
  const Forgetful forgetful;
  CHECK_THROWS_WITH(nn::check_fields(forgetful, wick::ones({1, 4})),
                    ContainsSubstring("Forgetful: its forward used a parameter of shape [4"));
  CHECK_NOTHROW(nn::check_fields(Net(), wick::ones({1, 4})));
  // Parameters behind the input belong to somebody else.
  CHECK_NOTHROW(nn::check_fields(nn::Linear(4, 2), nn::Linear(3, 4)(wick::ones({1, 3}))));
  CHECK_THROWS_AS(forgetful(wick::ones({1, 4})), wick::Error);
}

TEST_CASE("as<M> gives the type, or says what it is instead", "[module]") {
  nn::Sequential net{nn::Linear(3, 2), nn::ReLU()};
  CHECK(net[0].as<nn::Linear>().options.in_features == 3);
  CHECK_THROWS_AS(net[1].as<nn::Linear>(), wick::TypeError);
  CHECK_THROWS_WITH(net[1].as<nn::Linear>(),
                    "as<M>(): the module is a ReLU, not the type that was asked for "
                    "(wick::nn::Linear)");
  const nn::AnyModule any = nn::GELU();
  CHECK(any.as<nn::GELU>().options.approximate == "none");
}

// A plain Tensor among the fields says nothing about its role, and does not compile.
template <class Field>
constexpr bool can_be_listed = requires(nn::Visitor& v, Field& f) {
  v("field", f);
};
static_assert(!can_be_listed<Tensor>);
static_assert(!can_be_listed<std::vector<Tensor>>);
static_assert(can_be_listed<nn::Parameter> && can_be_listed<nn::Buffer>);
static_assert(can_be_listed<nn::Linear> && can_be_listed<nn::AnyModule>);
static_assert(can_be_listed<std::vector<nn::Linear>> && can_be_listed<nn::LinearOptions>);
static_assert(can_be_listed<double> && can_be_listed<std::string> && can_be_listed<wick::Shape>);

TEST_CASE("parameters own their elements", "[module]") {
  const Tensor t = wick::ones({2});
  const nn::Parameter p = t;
  CHECK(p.requires_grad());
  CHECK_FALSE(t.requires_grad());
  CHECK(p.shares_storage(t));  // until it is copied
  const nn::Parameter q = p;
  CHECK_FALSE(q.shares_storage(p));
  CHECK(fmt::format("{}", p) == "Parameter containing:\ntensor([1., 1.], requires_grad=True)");
  const nn::Parameter undefined;
  const nn::Parameter copy = undefined;
  CHECK_FALSE(copy.defined());
  const nn::Parameter integers = wick::arange(3);
  CHECK_FALSE(integers.requires_grad());
}
