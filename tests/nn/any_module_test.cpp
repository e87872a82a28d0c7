// AnyModule: nesting without end, and modules that were moved from. How it is assigned to stands in
// assign_test.cpp.
#include "wick/nn/any_module.h"

#include "catch.h"
#include "nn/layers.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

/// A Sequential in a Sequential in a Sequential ...
nn::Sequential nested(int64_t depth) {
  nn::Sequential net{nn::ReLU()};
  for (int64_t i = 1; i < depth; ++i) {
    nn::Sequential outer;
    outer.append(std::move(net));
    net = std::move(outer);
  }
  return net;
}

}  // namespace

TEST_CASE("modules nested too deep throw, and are destroyed", "[module][nesting]") {
  nn::Sequential deep = nested(30'000);
  const std::string text =
      fmt::format("modules are nested deeper than the limit of {}", nn::max_module_nesting);
  const Tensor x = wick::ones({1});
  CHECK_THROWS_WITH(deep(x), ContainsSubstring(text));
  CHECK_THROWS_WITH(deep.parameters(), text);
  CHECK_THROWS_WITH(deep.state_dict(), text);
  CHECK_THROWS_WITH(deep.load_state_dict({}), text);
  CHECK_THROWS_WITH(deep.modules(), text);
  CHECK_THROWS_WITH(deep.eval(), text);
  CHECK_THROWS_WITH(deep.to(wick::float64), text);
  CHECK_THROWS_WITH(deep.apply([](nn::ModuleBase&) {}), text);
  CHECK_THROWS_WITH(deep.to_string(), text);
  CHECK_THROWS_WITH(nn::Sequential(std::as_const(deep)), text);
  CHECK_THROWS_WITH(deep.clone(), text);
  CHECK_THROWS_WITH(nn::to_json(deep), ContainsSubstring("nested deeper than the limit of"));
  CHECK_THROWS_WITH(nn::summary(deep, {1}), ContainsSubstring(text));
  nn::Sequential other{nn::ReLU()};
  CHECK_THROWS_WITH(other = deep, text);
  CHECK(other.size() == 1);
  nn::Sequential moved = std::move(deep);
  moved.clear();  // all at once
  CHECK_NOTHROW(nested(100)(x));
}

TEST_CASE("modules nested as deep as the limit work", "[module][nesting]") {
  const nn::Sequential net = nested(nn::max_module_nesting - 1);
  CHECK_NOTHROW(net(wick::ones({1})));
  CHECK(net.named_modules().size() == static_cast<size_t>(nn::max_module_nesting));
  nn::Sequential copy = net;
  CHECK(copy.named_modules().size() == net.named_modules().size());
  copy = net;
  CHECK_NOTHROW(copy.train().to(wick::float64).apply([](nn::Module&) {}));
}

TEST_CASE("an error deep inside has a path of bounded length", "[module][nesting]") {
  nn::Sequential net{nn::Linear(2, 2)};
  for (int i = 0; i < 500; ++i) {
    nn::Sequential outer;
    outer.append(std::move(net));
    net = std::move(outer);
  }
  try {
    net(wick::ones({1, 3}));
    FAIL("no error");
  } catch (const wick::ShapeError& error) {
    const std::string text = error.what();
    CHECK(text.size() < 500);
    CHECK(text.starts_with("...0.0."));
    CHECK_THAT(text, ContainsSubstring("0 (Linear(2 -> 2)): mat1 and mat2"));
  }
}

TEST_CASE("every layer that was moved from throws, or does what it did", "[module][layers]") {
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    CAPTURE(type.name);
    nn::AnyModule layer = type.example();
    layer->eval();
    const Tensor x = wick::ones(type.input);
    const Tensor y = layer(x);
    // Moved out of its place, as a member is when the module around it is moved.
    struct Moves : nn::Visitor {
      void parameter(std::string_view, nn::Parameter& p) override {
        const nn::Parameter taken = std::move(p);
      }
      void any(std::string_view, nn::AnyModule& m) override {
        const nn::AnyModule taken = std::move(m);
      }
      void child(std::string_view, nn::ModuleBase& m) override { m.visit(*this); }
      void layers(std::string_view, std::vector<nn::NamedModule>&) override { found = true; }
      bool found = false;
    } moves;
    layer->visit(moves);
    if (moves.found) continue;  // containers: below
    try {
      const Tensor again = layer(x);
      CHECK(again.equal(y));
    } catch (const wick::Error& error) {
      CHECK_THAT(std::string(error.what()),
                 ContainsSubstring("moved out") || ContainsSubstring("undefined"));
    }
  }
}

TEST_CASE("containers that were moved from say so", "[module][container]") {
  const Tensor x = wick::ones({1, 2});
  nn::Sequential net{nn::Linear(2, 2)};
  nn::Sequential taken = std::move(net);
  CHECK_THROWS_WITH(net(x), "Sequential: it is empty: its modules were moved out");
  CHECK_THROWS_AS(net(x), wick::Error);
  const nn::Sequential copy = net;
  CHECK_THROWS_AS(copy(x), wick::Error);
  nn::Sequential again = std::move(net);
  CHECK_THROWS_AS(again(x), wick::Error);
  CHECK_NOTHROW(nn::Sequential()(x));  // empty from the start: the identity
  net.append(nn::Linear(2, 3));
  CHECK(net(x).size(1) == 3);
  net = std::move(taken);
  CHECK(net(x).size(1) == 2);
  CHECK_THROWS_AS(taken(x), wick::Error);
  taken.clear();
  CHECK(taken(x).equal(x));
  taken = net;
  CHECK(taken(x).equal(net(x)));

  nn::ModuleList list{nn::ReLU()};
  const nn::ModuleList other = std::move(list);
  CHECK_THROWS_WITH(list.begin(), "ModuleList is empty: its modules were moved out");
  CHECK_THROWS_AS(list[0], wick::IndexError);
  nn::ModuleDict dict{{"a", nn::ReLU()}};
  const nn::ModuleDict dict2 = std::move(dict);
  CHECK_THROWS_AS(dict.end(), wick::Error);
  CHECK_THROWS_AS(dict["a"], wick::IndexError);
  nn::Repeat repeat(2, nn::ReLU());
  const nn::Repeat repeat2 = std::move(repeat);
  CHECK_THROWS_WITH(repeat(x), "Repeat: it is empty: its modules were moved out");
  nn::Residual residual{nn::ReLU()};
  const nn::Residual residual2 = std::move(residual);
  CHECK_THROWS_AS(residual(x), wick::Error);
  nn::FeedForward ffn(2, 4);
  const nn::FeedForward ffn2 = std::move(ffn);
  CHECK_THROWS_AS(ffn(x), wick::Error);
  nn::LayerNorm norm(2);
  const nn::LayerNorm norm2 = std::move(norm);
  CHECK_THROWS_AS(norm(x), wick::Error);
}

TEST_CASE("an undefined parameter is named", "[module][errors]") {
  nn::Linear fc(2, 3);
  fc.weight = nn::Parameter();
  const std::string text = "its parameter `weight` is undefined: it was moved out, or never set";
  CHECK_THROWS_WITH(fc(wick::ones({1, 2})), "Linear(2 -> 3): " + text);
  const wick::NoGradGuard guard;
  CHECK_THROWS_WITH(nn::Sequential({{"fc", fc}, {"act", nn::ReLU()}})(wick::ones({1, 2})),
                    "fc (Linear(2 -> 3)): " + text);
  nn::FeedForward ffn(2, 4);
  ffn.linear2.weight = nn::Parameter();
  CHECK_THROWS_WITH(ffn.eval()(wick::ones({1, 2})), "linear2 (Linear(4 -> 2)): " + text);
  nn::LayerNorm norm(2);
  norm.weight = nn::Parameter();
  CHECK_THROWS_WITH(norm(wick::ones({1, 2})), "LayerNorm: " + text);
  struct Mine : nn::Module {
    nn::Parameter scale;
    nn::Buffer shift;
    Tensor forward(const Tensor& x) const override { return x * scale + shift; }
    WICK_MODULE(Mine, scale, shift)
  };
  CHECK_THROWS_WITH(Mine()(wick::ones({1})),
                    "Mine: its `scale`, `shift` are undefined: expected a tensor but got an "
                    "undefined one (default-constructed or moved from)");
}
