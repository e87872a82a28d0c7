// Hooks: their order, taking them out, what they are copied and moved with; the walk over a tree.
#include <string>
#include <vector>

#include "catch.h"
#include "nn/call_observer.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using Names = std::vector<std::string>;
using wick::Tensor;

Tensor zero() { return wick::zeros({1}); }

/// Appends `name` to `log` and adds `plus` to the input.
nn::ForwardPreHook before(Names& log, const std::string& name, double plus = 0) {
  return [&log, name, plus](const nn::Module&, const Tensor& x) {
    log.push_back(name);
    return plus == 0 ? Tensor() : x + plus;
  };
}
nn::ForwardHook after(Names& log, const std::string& name, double times = 1) {
  return [&log, name, times](const nn::Module&, const Tensor&, const Tensor& y) {
    log.push_back(name);
    return times == 1 ? Tensor() : y * times;
  };
}

}  // namespace

TEST_CASE("hooks run in the order in which they were added, each on what the one before gave",
          "[module][hooks]") {
  Names log;
  nn::Identity id;
  auto c = id.register_forward_hook(after(log, "c", 3));
  auto a = id.register_forward_pre_hook(before(log, "a", 1));
  auto b = id.register_forward_pre_hook(before(log, "b", 10));
  auto d = id.register_forward_hook(after(log, "d", 2));
  auto quiet = id.register_forward_hook(after(log, "quiet"));
  CHECK(id(zero()).item<float>() == (0 + 1 + 10) * 3 * 2);
  CHECK(log == Names{"a", "b", "c", "d", "quiet"});
  // One in the middle is taken out; the others stay, in order.
  log.clear();
  c.remove();
  CHECK(id(zero()).item<float>() == 22);
  CHECK(log == Names{"a", "b", "d", "quiet"});
  log.clear();
  b.remove();
  b.remove();
  CHECK(id(zero()).item<float>() == 2);
  CHECK(log == Names{"a", "d", "quiet"});
  // What is added now comes last, and taking out an older one again does not touch it.
  log.clear();
  auto e = id.register_forward_pre_hook(before(log, "e", 5));
  b.remove();
  c.remove();
  CHECK(id(zero()).item<float>() == 12);
  CHECK(log == Names{"a", "e", "d", "quiet"});
  for (nn::HookHandle* handle : {&a, &d, &e}) {
    CHECK(id.has_hooks());
    handle->remove();
  }
  CHECK(id.has_hooks());
  quiet.remove();
  CHECK_FALSE(id.has_hooks());
  CHECK_THROWS_AS(id.register_forward_pre_hook(nullptr), wick::ValueError);
  CHECK_THROWS_AS(id.register_forward_hook(nullptr), wick::ValueError);
  CHECK_FALSE(id.has_hooks());
  nn::HookHandle none;
  none.remove();  // does nothing
}

TEST_CASE("a hook may add and remove hooks: that counts from the next call on", "[module][hooks]") {
  Names log;
  nn::Identity id;
  nn::HookHandle second, added;
  auto first = id.register_forward_pre_hook([&](const nn::Module&, const Tensor&) {
    log.push_back("first");
    second.remove();
    if (log.size() == 1) added = id.register_forward_hook(after(log, "added"));
    return Tensor();
  });
  second = id.register_forward_pre_hook(before(log, "second"));
  id(zero());
  CHECK(log == Names{"first", "second"});
  log.clear();
  log.push_back("-");
  id(zero());
  CHECK(log == Names{"-", "first", "added"});
}

TEST_CASE("hooks are copied with a module, moved with it, and replaced in an assignment",
          "[module][hooks]") {
  Names log;
  nn::Identity hooked;
  auto handle = hooked.register_forward_pre_hook(before(log, "hook", 1));
  nn::Identity plain;
  nn::Identity assigned;
  auto old = assigned.register_forward_pre_hook(before(log, "old", 100));
  assigned = hooked;
  CHECK(assigned(zero()).item<float>() == 1);
  assigned = plain;
  CHECK_FALSE(assigned.has_hooks());
  old.remove();  // of what is gone: nothing happens
  assigned = hooked;
  handle.remove();  // of the first only
  CHECK_FALSE(hooked.has_hooks());
  CHECK(assigned.has_hooks());
  auto more = assigned.register_forward_pre_hook(before(log, "more", 10));
  const nn::Identity moved = std::move(assigned);
  CHECK(moved(zero()).item<float>() == 11);
  more.remove();  // the handle goes with the hook
  CHECK(moved(zero()).item<float>() == 1);
}

TEST_CASE("modes are copied with a module", "[module]") {
  nn::Dropout a;
  a.eval();
  nn::Dropout b = a;
  CHECK_FALSE(b.training());
  b.train();
  CHECK_FALSE(a.training());
  a = b;
  CHECK(a.training());
  b.eval();
  a = std::move(b);
  CHECK_FALSE(a.training());
  nn::Sequential net{nn::Dropout(), nn::Sequential{nn::Dropout(), nn::Dropout()}};
  net[1].eval();  // a part only
  CHECK(net.training());
  CHECK(net[0].training());
  for (const nn::ModuleBase* m : net[1].modules()) CHECK_FALSE(m->training());
  const nn::Sequential copy = net;
  CHECK(copy[0].training());
  CHECK_FALSE(copy[1].training());
  CHECK_FALSE(copy.get_submodule("1.1").training());
  CHECK(&net.train(false) == &net);
  CHECK(&net.eval() == &net);
}

TEST_CASE("a tree is walked outer modules first, and apply goes children first", "[module]") {
  nn::Sequential net{{"a", nn::Linear(1, 1)},
                     {"b", nn::Sequential{{"c", nn::ReLU()}, {"d", nn::Tanh()}}},
                     {"e", nn::Identity()}};
  Names names, applied, children;
  for (const auto& [name, m] : net.named_modules()) names.push_back(name);
  CHECK(names == Names{"", "a", "b", "b.c", "b.d", "e"});
  for (const auto& [name, m] : net.named_children()) children.push_back(name);
  CHECK(children == Names{"a", "b", "e"});
  CHECK(net.children().size() == 3);
  CHECK(net.modules().size() == 6);
  CHECK(net.modules()[0] == &net);
  CHECK(&net.apply([&](nn::Module& m) { applied.emplace_back(m.type_name()); }) == &net);
  CHECK(applied == Names{"Linear", "ReLU", "Tanh", "Sequential", "Identity", "Sequential"});
  const nn::Sequential& constant = net;
  names.clear();
  for (const auto& [name, m] : constant.named_modules()) names.push_back(name);
  CHECK(names.size() == 6);
  CHECK(&net.get_submodule("") == &net);
  CHECK(&constant.get_submodule("b.d") == &net.get_submodule("b.d"));
  for (const char* bad : {".", "a.", ".a", "b.c.", "b..c", "f", "weight", "a.weight"})
    CHECK_THROWS_AS(net.get_submodule(bad), wick::IndexError);
  CHECK(net.get_parameter("a.bias").shape() == wick::Shape{1});
  for (const char* bad : {"", "a", "bias", "a.bias."})
    CHECK_THROWS_AS(net.get_parameter(bad), wick::IndexError);
}

TEST_CASE("zero_grad takes gradients away or sets them to 0", "[module]") {
  nn::Sequential net{nn::Linear(2, 2), nn::Linear(2, 2, false)};
  net[0](wick::ones({2})).sum().backward();  // the second has none
  const Tensor grad = net.get_parameter("0.weight").grad();
  CHECK(&net.zero_grad(false) == &net);
  CHECK(equal(net.get_parameter("0.weight").grad(), wick::zeros({2, 2})));
  CHECK(equal(net.get_parameter("0.bias").grad(), wick::zeros({2})));
  CHECK_FALSE(net.get_parameter("1.weight").grad().defined());
  net.zero_grad();
  for (const Tensor& p : net.parameters()) CHECK_FALSE(p.grad().defined());
  CHECK(grad.defined());
}

TEST_CASE("a watch on calls sees each of them, an inner watch takes the place of an outer one",
          "[module][hooks]") {
  struct Watch : nn::CallObserver {
    Names log;
    void enter(const nn::ModuleBase& m, nn::TensorRefs) override {
      log.push_back("enter " + std::string(m.type_name()));
    }
    void leave(const nn::ModuleBase& m, nn::TensorRefs, nn::TensorRefs) override {
      log.push_back("leave " + std::string(m.type_name()));
    }
  };
  CHECK(nn::CallObserver::current() == nullptr);
  nn::Sequential net{nn::ReLU(), nn::Tanh()};
  const wick::NoGradGuard guard;
  {
    Watch outer;
    CHECK(nn::CallObserver::current() == &outer);
    net(zero());
    CHECK(outer.log == Names{"enter Sequential", "enter ReLU", "leave ReLU", "enter Tanh",
                             "leave Tanh", "leave Sequential"});
    {
      Watch inner;
      net(zero());
      CHECK(inner.log.size() == 6);
    }
    CHECK(nn::CallObserver::current() == &outer);
    CHECK(outer.log.size() == 6);
    CHECK_THROWS_AS(nn::Sequential{nn::Linear(2, 2)}(wick::ones({3})), wick::Error);
    CHECK(outer.log.size() == 8);  // entered, and never left
  }
  CHECK(nn::CallObserver::current() == nullptr);
}

TEST_CASE("what a module is not says so", "[module][errors]") {
  const nn::Sequential net{nn::ReLU()};
  CHECK_THROWS_WITH(net[0].as<nn::Linear>(),
                    "as<M>(): the module is a ReLU, not the type that was asked for "
                    "(wick::nn::Linear)");
  CHECK_NOTHROW(net[0].as<nn::Module>());
  CHECK_THROWS_AS(nn::Identity().to(wick::bool_), wick::TypeError);
  CHECK_THROWS_AS(nn::Identity().to(wick::int32), wick::TypeError);
  CHECK_NOTHROW(nn::Identity().to(wick::float16));
}
