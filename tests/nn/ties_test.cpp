#include "nn/ties.h"

#include <thread>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

/// The head has the weight of the first layer, as in a language model.
struct LM : nn::Module {
  nn::Linear wte{4, 4, false};
  nn::Sequential body{nn::Linear(4, 4), nn::ReLU()};
  nn::Linear head{4, 4, false};
  LM() { head.weight.share(wte.weight); }
  Tensor forward(const Tensor& x) const override { return head(body(wte(x))); }
  WICK_MODULE(LM, wte, body, head)
};

/// Ties across a vector, an AnyModule and a parameter of its own.
struct Wide : nn::Module {
  std::vector<nn::Linear> layers = std::vector<nn::Linear>(3, nn::Linear(2, 2));
  nn::AnyModule last = nn::Linear(2, 2);
  nn::Parameter own = wick::ones({2, 2});
  nn::Buffer first = wick::ones({1});
  nn::Buffer second = wick::ones({1});
  Wide() {
    layers[2].weight.share(layers[0].weight);
    last.as<nn::Linear>().weight.share(layers[0].weight);
    own.share(layers[0].weight);
    second.share(first);
  }
  Tensor forward(const Tensor& x) const override { return last(layers[2](x.matmul(own))); }
  WICK_MODULE(Wide, layers, last, own, first, second)
};

template <class M>
bool is_tied(const M& m) {
  return m.head.weight.is_same(m.wte.weight);
}

std::vector<std::string> names(const nn::NamedTensors& tensors) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : tensors) result.push_back(name);
  return result;
}

void require_copy(const LM& copy, const LM& original) {
  REQUIRE(is_tied(copy));
  REQUIRE_FALSE(copy.wte.weight.shares_storage(original.wte.weight));
  REQUIRE(copy.wte.weight.equal(original.wte.weight));
}

}  // namespace

TEST_CASE("share ties: one parameter, two names", "[ties]") {
  LM lm;
  CHECK(is_tied(lm));
  CHECK(names(lm.named_parameters()) ==
        std::vector<std::string>{"wte.weight", "body.0.weight", "body.0.bias"});
  CHECK(lm.parameters().size() == 3);
  CHECK(lm.get_parameter("head.weight").is_same(lm.wte.weight));
  const nn::StateDict state = lm.state_dict();
  CHECK(state.size() == 4);
  CHECK(state["head.weight"].shares_storage(state["wte.weight"]));

  lm.requires_grad_(false);
  CHECK_FALSE(lm.head.weight.requires_grad());
  const Wide wide;
  CHECK(names(wide.named_buffers()) == std::vector<std::string>{"first"});
  CHECK(names(wide.named_parameters()) ==
        std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight",
                                 "layers.1.bias", "layers.2.bias", "last.bias"});
  // Before an optimizer is made or not, a parameter shared with itself stays what it is.
  const Tensor handle = lm.wte.weight;
  lm.wte.weight.share(lm.wte.weight);
  CHECK(lm.wte.weight.is_same(handle));
  nn::Parameter fresh;
  CHECK(fresh.share(lm.wte.weight).is_same(handle));
}

TEST_CASE("share refuses what cannot be tied, and changes nothing", "[ties][errors]") {
  nn::Linear a(3, 4), b(4, 3);
  const Tensor before = a.weight;
  CHECK_THROWS_WITH(a.weight.share(b.weight),
                    "share ties tensors of one shape, but this one has shape [4, 3] and the other "
                    "[3, 4]");
  CHECK_THROWS_AS(a.weight.share(b.weight), wick::ShapeError);
  CHECK_THROWS_AS(a.weight.share(nn::Parameter()), wick::ValueError);
  CHECK(a.weight.is_same(before));
}

TEST_CASE("a tied parameter is clipped and stepped once", "[ties]") {
  struct Two : nn::Module {
    nn::Parameter a{wick::full({1}, 2.)};
    nn::Parameter b{wick::full({1}, 7.)};
    Tensor forward(const Tensor& x) const override { return a * x + b * x; }
    WICK_MODULE(Two, a, b)
  };
  for (const bool by_hand : {false, true}) {
    CAPTURE(by_hand);
    Two two;
    if (by_hand)
      static_cast<Tensor&>(two.b) = two.a;
    else
      two.b.share(two.a);
    two(wick::full({1}, 2.)).sum().backward();
    CHECK(two.a.grad().item<float>() == 4);
    CHECK(nn::utils::clip_grad_norm_(two.parameters(), 100).item<float>() == 4);
    CHECK(nn::utils::clip_grad_norm_({two.a, two.b}, 100).item<float>() == 4);
    wick::optim::SGD sgd(two.parameters(), {.lr = 0.1});
    sgd.step();
    CHECK(two.b.item<float>() == Approx(1.6f));
    wick::optim::AdamW once(two.parameters(), {.lr = 0.1}), twice({two.a, two.b}, {.lr = 0.1});
    const float before = two.a.item<float>();
    once.step();
    const float after = two.a.item<float>();
    two.a.detach().fill_(before);
    twice.step();
    CHECK(two.a.item<float>() == after);
    CHECK(twice.parameters().size() == 1);
    two.zero_grad();
    CHECK_FALSE(two.b.grad().defined());
  }
}

TEST_CASE("copies of a module keep its ties, to one another", "[ties]") {
  const LM lm;
  const LM copy = lm;
  require_copy(copy, lm);
  const LM second = lm;  // not tied to the first
  require_copy(second, lm);
  CHECK_FALSE(second.wte.weight.shares_storage(copy.wte.weight));
  const nn::Linear head = lm.head;  // a part alone is not tied to anything
  CHECK_FALSE(head.weight.shares_storage(lm.wte.weight));
  const LM third = lm;
  require_copy(third, lm);
  CHECK_FALSE(third.wte.weight.shares_storage(head.weight));

  require_copy(dynamic_cast<const LM&>(*lm.clone()), lm);
  const nn::AnyModule any = lm;
  const nn::AnyModule again = any;
  require_copy(again.as<LM>(), lm);
  CHECK_FALSE(again.as<LM>().wte.weight.shares_storage(any.as<LM>().wte.weight));
  const nn::Sequential net{lm, nn::ReLU()};
  const nn::Sequential other = net;
  require_copy(other[0].as<LM>(), lm);
  const std::vector<LM> several(3, lm);
  for (const LM& each : several) require_copy(each, lm);
  CHECK_FALSE(several[0].wte.weight.shares_storage(several[1].wte.weight));
  LM moved = LM(lm);
  require_copy(moved, lm);
  std::thread([&] { require_copy(LM(lm), lm); }).join();
}

TEST_CASE("ties reach through vectors, AnyModules and own parameters", "[ties]") {
  const Wide wide;
  const auto check = [&](const Wide& copy) {
    const Tensor& shared = copy.layers[0].weight;
    CHECK_FALSE(shared.shares_storage(wide.own));
    CHECK(copy.layers[2].weight.is_same(shared));
    CHECK(copy.last.as<nn::Linear>().weight.is_same(shared));
    CHECK(copy.own.is_same(shared));
    CHECK(copy.second.is_same(copy.first));
    CHECK_FALSE(copy.layers[1].weight.shares_storage(shared));
  };
  check(Wide(wide));
  const nn::AnyModule any = wide;
  check(nn::AnyModule(any).as<Wide>());
  Wide assigned;
  assigned = wide;
  check(assigned);
}

TEST_CASE("ties between the modules of a container", "[ties]") {
  nn::Sequential net{nn::Linear(2, 2), nn::ReLU(), nn::Linear(2, 2)};
  net[2].as<nn::Linear>().weight.share(net[0].as<nn::Linear>().weight);
  const auto tied = [](const nn::Sequential& s, int64_t i, int64_t j) {
    return s[i].as<nn::Linear>().weight.is_same(s[j].as<nn::Linear>().weight);
  };
  const nn::Sequential copy = net;
  CHECK(tied(copy, 0, 2));
  nn::Sequential longer;
  longer.extend(net).extend(net);
  CHECK(tied(longer, 0, 2));
  CHECK(tied(longer, 3, 5));
  CHECK_FALSE(tied(longer, 0, 3));
  nn::Linear a(2, 2), b(2, 2);
  b.weight.share(a.weight);
  const nn::Sequential named{{"a", std::move(a)}, {"b", std::move(b)}};
  CHECK(tied(named, 0, 1));
}

TEST_CASE("a copy that fails, or is made by hand, leaves nothing behind", "[ties]") {
  struct Fails : nn::Module {
    nn::Linear first{2, 2, false};
    struct Bomb {
      bool armed = false;
      Bomb() = default;
      Bomb(const Bomb& other) : armed(other.armed) {
        if (armed) throw wick::ValueError("no copy");
      }
      Bomb& operator=(const Bomb&) = default;
    } bomb;
    nn::Linear second{2, 2, false};
    Fails() { second.weight.share(first.weight); }
    Tensor forward(const Tensor& x) const override { return second(first(x)); }
    WICK_MODULE(Fails, first, second)
  };
  Fails source;
  source.bomb.armed = true;
  CHECK_THROWS_WITH(Fails(source), "no copy");
  const nn::Linear alone = source.second;
  CHECK_FALSE(alone.weight.shares_storage(source.first.weight));
  source.bomb.armed = false;
  const Fails copy = source;
  CHECK(copy.second.weight.is_same(copy.first.weight));
  CHECK_FALSE(copy.first.weight.shares_storage(alone.weight));

  struct ByHand : nn::Module {
    nn::Linear first{2, 2, false}, second{2, 2, false};
    ByHand() { second.weight.share(first.weight); }
    ByHand(const ByHand& other) : Module(other), first(other.first) {}  // and not the second
    ByHand& operator=(const ByHand&) = default;
    Tensor forward(const Tensor& x) const override { return second(first(x)); }
    WICK_MODULE(ByHand, first, second)
  };
  const ByHand by_hand;
  const ByHand half = by_hand;
  half.parameters();  // any use of a module ends a copy
  const nn::Linear part = by_hand.second;
  CHECK_FALSE(part.weight.shares_storage(half.first.weight));
}

TEST_CASE("assigning gives the ties of the right side", "[ties]") {
  const LM tied;
  LM loose;
  loose.head = nn::Linear(4, 4, false);
  CHECK_FALSE(is_tied(loose));
  const Tensor handle = loose.wte.weight;
  LM target = loose;
  target = tied;
  require_copy(target, tied);
  target = loose;  // two different weights need two tensors
  CHECK_FALSE(is_tied(target));
  CHECK(target.wte.weight.equal(loose.wte.weight));
  CHECK(target.head.weight.equal(loose.head.weight));
  target = tied;
  require_copy(target, tied);
  const Tensor kept = target.wte.weight;
  target = tied;
  CHECK(target.wte.weight.is_same(kept));
  CHECK(target.head.weight.is_same(kept));
  // Layers that differ are replaced, and what is tied to them as well.
  struct Mixed : nn::Module {
    nn::Sequential body{nn::Linear(2, 2, false)};
    nn::Linear head{2, 2, false};
    Tensor forward(const Tensor& x) const override { return head(body(x)); }
    WICK_MODULE(Mixed, body, head)
  };
  Mixed a, b;
  b.body.append(nn::Linear(2, 2, false));
  b.head.weight.share(b.body[1].as<nn::Linear>().weight);
  a = b;
  CHECK(a.head.weight.is_same(a.body[1].as<nn::Linear>().weight));
  CHECK_FALSE(a.head.weight.shares_storage(b.head.weight));
}

TEST_CASE("conversions and loading keep ties, and happen once", "[ties]") {
  LM lm;
  const Tensor handle = lm.wte.weight;
  lm.to(wick::float64);
  CHECK(is_tied(lm));
  CHECK(handle.dtype() == wick::float64);
  lm.head.weight.set_data(wick::ones({4, 4}, wick::float64));
  CHECK(lm.wte.weight.sum().item<double>() == 16);
  lm.to(wick::float32);

  LM other;
  other.load_state_dict(lm.state_dict());
  CHECK(is_tied(other));
  CHECK(other.head.weight.equal(lm.wte.weight));
  nn::StateDict state = lm.state_dict();
  state.set("head.weight", state["head.weight"].clone());  // equal, in a tensor of its own
  const uint64_t version = other.wte.weight.version();
  other.load_state_dict(state);
  CHECK(other.wte.weight.version() == version + 1);
  other.load_state_dict(state, {.assign = true});
  CHECK(is_tied(other));
  CHECK(other.wte.weight.shares_storage(state["wte.weight"]));

  state.erase("head.weight");
  CHECK_NOTHROW(other.load_state_dict(state, {.strict = false}));
  CHECK_THROWS_AS(other.load_state_dict(state), nn::LoadStateDictError);  // as in PyTorch
}

TEST_CASE("entries of tied parameters that differ are an error that names both", "[ties][errors]") {
  LM lm;
  nn::StateDict state = LM().state_dict();
  nn::StateDict nan = state;
  state.set("head.weight", state["head.weight"] + 1);
  const Tensor before = lm.wte.weight.detach().clone();
  const std::string text =
      "Error(s) in loading state_dict for LM:\n\t\"wte.weight\" and \"head.weight\" are tied in "
      "the "
      "module: they are one tensor, but the state has two that differ.";
  CHECK_THROWS_WITH(lm.load_state_dict(state), text);
  CHECK_THROWS_WITH(lm.load_state_dict(state, {.strict = false}), text);
  CHECK_THROWS_WITH(lm.load_state_dict(state, {.assign = true}), text);
  CHECK(lm.wte.weight.equal(before));
  const Tensor with_nan = wick::full({4, 4}, std::numeric_limits<double>::quiet_NaN());
  nan.set("wte.weight", with_nan);
  nan.set("head.weight", with_nan.clone());
  CHECK_NOTHROW(lm.load_state_dict(nan));
}

TEST_CASE("parameters that are assigned the same elements are tied", "[ties]") {
  nn::Sequential net{nn::Linear(3, 3, false), nn::Linear(3, 3, false), nn::Linear(3, 3, false)};
  const Tensor shared = wick::randn({3, 3});
  const Tensor rows = wick::randn({6, 3});
  net.load_state_dict({{"0.weight", shared}, {"1.weight", shared}, {"2.weight", shared.t()}},
                      {.assign = true});
  const auto weight = [&](int64_t i) { return net[i].as<nn::Linear>().weight; };
  CHECK(net[0].as<nn::Linear>().weight.is_same(net[1].as<nn::Linear>().weight));
  CHECK(net.parameters().size() == 2);  // a transposed view is another tensor
  net.load_state_dict(
      {{"0.weight", shared}, {"1.weight", shared}, {"2.weight", rows.narrow(0, 3, 3)}},
      {.assign = true});
  CHECK(net.parameters().size() == 2);
  CHECK(weight(2).equal(rows.narrow(0, 3, 3)));
  const nn::Sequential copy = net;
  CHECK(copy.parameters().size() == 2);
}

TEST_CASE("assigned views of the same elements are one parameter, whatever their dtype", "[ties]") {
  for (const wick::DType dtype : {wick::float32, wick::float64, wick::bfloat16, wick::float16}) {
    CAPTURE(wick::name(dtype));
    nn::Sequential net{nn::Linear(3, 3, false), nn::Linear(3, 3, false)};
    const Tensor shared = wick::randn({3, 3}).to(dtype);
    net.load_state_dict({{"0.weight", shared}, {"1.weight", shared.view({3, 3})}},
                        {.assign = true});
    CHECK(net.parameters().size() == 1);
    CHECK(net.parameters()[0].dtype() == dtype);
    CHECK(net.parameters()[0].shares_storage(shared));
  }
}

TEST_CASE("tied weights are counted once, and model files have them", "[ties]") {
  nn::Sequential net{nn::Linear(4, 4, false), nn::ReLU(), nn::Linear(4, 4, false)};
  net[2].as<nn::Linear>().weight.share(net[0].as<nn::Linear>().weight);
  const nn::Summary summary = nn::summary(net, {2, 4});
  CHECK(summary.parameters == 16);
  CHECK(summary.weight_bytes == 64);
  const nn::AnyModule read = nn::from_json(nn::to_json(net));
  CHECK(read->state_dict().size() == 2);
}
