// `model = best;`: assigning writes into the tensors that are there.
#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

struct Net : nn::Module {
  nn::Linear fc{3, 3};
  nn::Parameter scale = wick::ones({3});
  nn::Buffer steps = wick::zeros({1}, wick::int64);
  std::vector<nn::Linear> layers = std::vector<nn::Linear>(2, nn::Linear(3, 3));
  nn::AnyModule act = nn::Linear(3, 3);
  nn::Sequential tail{nn::Linear(3, 3), nn::ReLU(), nn::Sequential{{"last", nn::Linear(3, 1)}}};
  nn::ModuleList list{nn::Linear(3, 3)};
  nn::ModuleDict dict{{"a", nn::Linear(3, 3)}};
  Tensor forward(const Tensor& x) const override {
    Tensor y = act(fc(x) * scale);
    for (const nn::Linear& layer : layers) y = layer(y);
    return tail(dict["a"](list[0](y)));
  }
  WICK_MODULE(Net, fc, scale, steps, layers, act, tail, list, dict)
};

std::vector<Tensor> all_of(const nn::ModuleBase& m) {
  std::vector<Tensor> result = m.parameters();
  for (const auto& [name, buffer] : m.named_buffers()) result.push_back(buffer);
  return result;
}

/// Whether `handles` are the tensors of the module.
bool are_of(const std::vector<Tensor>& handles, const nn::ModuleBase& m) {
  const std::vector<Tensor> now = all_of(m);
  bool same = now.size() == handles.size();
  for (size_t i = 0; same && i < now.size(); ++i) same = now[i].is_same(handles[i]);
  return same;
}

}  // namespace

TEST_CASE("an optimizer goes on after model = best", "[module][assign]") {
  wick::manual_seed(0);
  Net model;
  Net best = model;
  wick::optim::SGD sgd(model.parameters(), {.lr = 0.1});
  const std::vector<Tensor> handles = all_of(model);
  const Tensor x = wick::ones({2, 3});
  const auto step = [&] {
    sgd.zero_grad();
    model(x).sum().backward();
    sgd.step();
  };
  const Tensor at_first = model(x);
  step();
  CHECK_FALSE(model(x).equal(at_first));
  model = best;
  CHECK(are_of(handles, model));
  CHECK(model(x).equal(at_first));  // packed weights are renewed
  for (size_t i = 0; i < handles.size(); ++i)
    CHECK_FALSE(handles[i].shares_storage(all_of(best)[i]));
  step();
  CHECK_FALSE(model(x).equal(at_first));
  CHECK(best(x).equal(at_first));
}

TEST_CASE("what differs is replaced, the rest is written into", "[module][assign]") {
  nn::Linear a(2, 3);
  const nn::Linear b(4, 3);
  const Tensor weight = a.weight, bias = a.bias;
  a = b;
  CHECK_FALSE(a.weight.is_same(weight));
  CHECK(a.bias.is_same(bias));
  CHECK(a.weight.equal(b.weight));
  CHECK(a.options.in_features == 4);
  nn::Linear half = b;
  half.to(wick::bfloat16);
  a = half;
  CHECK(a.bias.dtype() == wick::bfloat16);
  CHECK_FALSE(a.bias.is_same(bias));
  nn::Linear on_meta = half;
  on_meta.to(wick::meta);
  a = on_meta;
  CHECK(a.weight.is_meta());
  a = b;
  CHECK(a.weight.equal(b.weight));
  const nn::Linear no_bias(4, 3, false);
  a = no_bias;
  CHECK_FALSE(a.bias.defined());
  a = b;
  CHECK(a.bias.equal(b.bias));
}

TEST_CASE("assigning copies flags, keeps gradients, and is not recorded", "[module][assign]") {
  nn::Linear a(2, 2), b(2, 2);
  b.requires_grad_(false);
  const Tensor handle = a.weight;
  a(wick::ones({1, 2})).sum().backward();
  a = b;
  CHECK_FALSE(handle.requires_grad());
  CHECK(handle.grad().defined());
  b.requires_grad_(true);
  a = b;
  CHECK(handle.requires_grad());
  CHECK(handle.is_leaf());
  // A graph that needs the old elements says so.
  const Tensor x = wick::ones({1, 2}).requires_grad_();
  const Tensor y = a(x).sum();
  a = b;
  CHECK_THROWS_WITH(y.backward(), ContainsSubstring("modified by an inplace operation"));
  a = *&a;
  CHECK(a.weight.is_same(handle));
  nn::Parameter p = wick::ones({2});
  const nn::Parameter q = wick::zeros({2});
  const Tensor at = p;
  p = q;
  CHECK(p.is_same(at));
  CHECK(at.sum().item<float>() == 0);
  p = wick::ones({2});  // a tensor replaces it
  CHECK_FALSE(p.is_same(at));
}

TEST_CASE("tensors that cannot be written to are replaced", "[module][assign]") {
  nn::Linear a(2, 2, false);
  const nn::Linear b(2, 2, false);
  a.weight = nn::Parameter(wick::ones({1, 1}).expand({2, 2}));
  a = b;
  CHECK(a.weight.equal(b.weight));
  {
    const wick::InferenceModeGuard guard;
    a = nn::Linear(2, 2, false);
  }
  a = b;
  CHECK(a.weight.equal(b.weight));
}

TEST_CASE("moving takes over the handles of the right side", "[module][assign]") {
  Net a, b;
  const std::vector<Tensor> of_a = all_of(a), of_b = all_of(b);
  a = std::move(b);
  CHECK(are_of(of_b, a));
  a = Net();
  CHECK_FALSE(are_of(of_b, a));
}

TEST_CASE("an AnyModule is assigned to by type", "[module][assign]") {
  nn::AnyModule any = nn::Linear(2, 2);
  const nn::AnyModule best = nn::Linear(2, 2);
  nn::Linear& inside = any.as<nn::Linear>();
  const Tensor handle = inside.weight;
  any = best;
  CHECK(&any.as<nn::Linear>() == &inside);
  CHECK(inside.weight.is_same(handle));
  CHECK(handle.equal(best.as<nn::Linear>().weight));
  any = nn::AnyModule(nn::ReLU());
  CHECK(any->type_name() == "ReLU");
  any = best;
  CHECK(any.as<nn::Linear>().weight.equal(best.as<nn::Linear>().weight));
  CHECK_FALSE(any.as<nn::Linear>().weight.shares_storage(best.as<nn::Linear>().weight));
  nn::Linear alone(2, 2);
  const Tensor now = any.as<nn::Linear>().weight;
  any = alone;  // a module as such
  CHECK(any.as<nn::Linear>().weight.is_same(now));
  CHECK(now.equal(alone.weight));
  const Tensor of_alone = alone.weight;
  any = std::move(alone);
  CHECK(any.as<nn::Linear>().weight.is_same(of_alone));
  any = nn::Linear(3, 2);
  CHECK(any.as<nn::Linear>().options.in_features == 3);
  nn::AnyModule empty = nn::ReLU();
  const nn::AnyModule taken = std::move(empty);
  CHECK_FALSE(empty.has_value());
  any = empty;
  CHECK_FALSE(any.has_value());
  any = best;
  CHECK(any.has_value());

  struct Doubled : nn::Linear {  // has a field that Linear's assignment does not know
    double factor;
    explicit Doubled(double f) : nn::Linear(2, 2), factor(f) {}
  };
  nn::AnyModule derived = Doubled(1);
  const nn::AnyModule other = Doubled(2);
  CHECK_THROWS_AS(derived = other, wick::Error);
  CHECK(derived.as<Doubled>().factor == 1);

  struct Fixed : nn::Module {  // cannot be assigned to, and is copied
    const int64_t n;
    nn::Linear fc{2, 2};
    explicit Fixed(int64_t size) : n(size) {}
    Tensor forward(const Tensor& x) const override { return fc(x); }
    WICK_MODULE(Fixed, fc)
  };
  nn::AnyModule fixed = Fixed(1);
  const nn::AnyModule fixed2 = Fixed(2);
  fixed = fixed2;
  CHECK(fixed.as<Fixed>().n == 2);
}

TEST_CASE("containers are assigned to by name", "[module][assign]") {
  nn::Sequential a{nn::Linear(2, 2), nn::ReLU()};
  const nn::Sequential b{nn::Linear(2, 2), nn::ReLU(), nn::Linear(2, 2)};
  const Tensor handle = a[0].as<nn::Linear>().weight;
  a = b;
  CHECK(a.size() == 3);
  CHECK(a[0].as<nn::Linear>().weight.is_same(handle));
  CHECK(handle.equal(b[0].as<nn::Linear>().weight));
  const nn::Sequential one{nn::Linear(2, 2)};
  a = one;
  CHECK(a.size() == 1);
  CHECK(a[0].as<nn::Linear>().weight.is_same(handle));

  nn::ModuleDict x{{"a", nn::Linear(1, 1)}, {"b", nn::Linear(1, 1)}};
  const nn::ModuleDict y{{"b", nn::Linear(1, 1)}, {"a", nn::Linear(1, 1)}};
  const Tensor of_a = x["a"].as<nn::Linear>().weight;
  x = y;
  CHECK(x[0].as<nn::Linear>().weight.equal(y["b"].as<nn::Linear>().weight));
  CHECK(x["a"].as<nn::Linear>().weight.is_same(of_a));

  nn::Repeat r(2, nn::Linear(2, 2));
  const nn::Repeat s(2, nn::Linear(2, 2));
  const Tensor first = r[0].as<nn::Linear>().weight;
  nn::AnyModule any = std::move(r);
  any = nn::AnyModule(s);  // moved
  any = s;
  CHECK(any.as<nn::Repeat>()[0].as<nn::Linear>().weight.equal(s[0].as<nn::Linear>().weight));
}

TEST_CASE("a container may be assigned a module of its own", "[module][assign]") {
  nn::Sequential net{nn::Sequential{nn::Linear(2, 2), nn::Linear(2, 3)}, nn::ReLU()};
  const Tensor weight = net[0].as<nn::Sequential>()[1].as<nn::Linear>().weight.detach().clone();
  net = net[0].as<nn::Sequential>();
  REQUIRE(net.size() == 2);
  CHECK(net[1].as<nn::Linear>().weight.equal(weight));
  nn::AnyModule any = nn::Sequential().append(nn::Sequential{nn::Linear(2, 2), nn::ReLU()});
  any = (*any.as<nn::Sequential>().begin()).module;
  CHECK(any.as<nn::Sequential>()[0].type_name() == "Linear");
  any = std::move((*any.as<nn::Sequential>().begin()).module);
  CHECK(any->type_name() == "Linear");
}

TEST_CASE("an AnyModule is made of, and assigned, a module of unknown type", "[module][assign]") {
  wick::nn::AnyModule a = wick::nn::Linear(1, 1), b = a;
  const wick::Tensor weight = a->get_parameter("weight");
  const wick::nn::ModuleBase& unknown = *b;
  b->get_parameter("weight").detach().fill_(3);
  a = unknown;
  CHECK(weight.item<float>() == 3);
  const wick::nn::AnyModule copy = unknown;
  CHECK(copy->get_parameter("weight").item<float>() == 3);
  CHECK(&copy->get_parameter("weight").impl() != &unknown.get_parameter("weight").impl());
  const wick::nn::Sequential s{unknown, wick::nn::ReLU()};
  CHECK(s.size() == 2);
  a = wick::nn::ReLU();
  CHECK(a->type_name() == "ReLU");
}
