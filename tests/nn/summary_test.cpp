#include "wick/nn/summary.h"

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

/// A module of the user's, with a parameter of its own, a layer used twice and one never used.
struct Net : nn::Module {
  nn::Linear fc{4, 4};
  nn::Linear unused{4, 2};
  nn::Parameter scale{wick::ones({4})};
  nn::Buffer steps{wick::zeros({2}, wick::int64)};
  Tensor forward(const Tensor& x) const override {
    return matmul(fc(fc(x)) * scale, wick::ones({4, 3}));
  }
  WICK_MODULE(Net, fc, unused, scale, steps)
};

}  // namespace

TEST_CASE("a summary shows the tree, shapes, parameters and arithmetic", "[summary]") {
  const nn::Sequential model{
      {"fc", nn::Linear(512, 2048)}, {"act", nn::GELU()}, {"out", nn::Linear(2048, 512)}};
  const nn::Summary summary = nn::summary(model, {32, 100, 512});
  CHECK(summary.to_string() ==
        R"(================================================================================
Layer (type (name):depth-index)    Output Shape         Param #        Mult-Adds
================================================================================
Sequential                         [32, 100, 512]            --               --
├─Linear (fc): 1-1                 [32, 100, 2048]    1,050,624    3,355,443,200
├─GELU (act): 1-2                  [32, 100, 2048]           --               --
├─Linear (out): 1-3                [32, 100, 512]     1,049,088    3,355,443,200
================================================================================
Total params: 2,099,712
Trainable params: 2,099,712
Non-trainable params: 0
Total mult-adds (G): 6.71
================================================================================
Input size (MB): 6.55
Forward pass size (MB): 58.98
Params size (MB): 8.40
Estimated Total Size (MB): 73.93
================================================================================)");
}

TEST_CASE("user-defined modules are followed like the others", "[summary]") {
  const Net net;
  const nn::Summary s = nn::summary(net, {5, 4});
  REQUIRE(s.rows.size() == 3);
  CHECK(s.rows[0].type == "Net");
  CHECK(s.rows[0].parameters == 4);
  CHECK(s.rows[0].output == wick::Shape{5, 3});
  CHECK(s.rows[1].name == "fc");
  CHECK(s.rows[1].multiply_adds == 2 * 5 * 4 * 4);
  CHECK(s.rows[2].name == "unused");
  CHECK_FALSE(s.rows[2].output);
  CHECK(s.multiply_adds == 2 * 5 * 4 * 4 + 5 * 4 * 3);
  CHECK(s.parameters == 20 + 10 + 4);
  CHECK(s.trainable == s.parameters);
  CHECK(s.buffers == 2);
  CHECK(s.weight_bytes == 34 * 4 + 16);
  CHECK_THAT(s.to_string(), ContainsSubstring("not called"));
}

TEST_CASE("a summary needs no memory and changes nothing", "[summary]") {
  const wick::DeviceGuard guard(wick::meta);
  nn::Sequential model{nn::Linear(1 << 20, 1 << 20), nn::Dropout(0.5)};
  wick::manual_seed(3);
  const nn::Summary s = nn::summary(model, {1 << 20, 1 << 20});
  CHECK(s.multiply_adds == int64_t{1} << 60);
  CHECK(model.training());
  const float after = wick::rand({1}, {.device = wick::cpu}).item<float>();
  wick::manual_seed(3);
  CHECK(after == wick::rand({1}, {.device = wick::cpu}).item<float>());
}

TEST_CASE("a summary throws what the module throws", "[summary][errors]") {
  const nn::Sequential model{nn::Linear(3, 4)};
  CHECK_THROWS_WITH(nn::summary(model, {2, 5}),
                    "0 (Linear(3 -> 4)): mat1 and mat2 shapes cannot be multiplied (2x5 and 3x4)");
}

TEST_CASE("frozen parameters are not trainable", "[summary]") {
  nn::Sequential model{nn::Linear(3, 4), nn::Linear(4, 5)};
  model[0].requires_grad_(false);
  const nn::Summary s = nn::summary(model, {2, 3});
  CHECK(s.parameters == 16 + 25);
  CHECK(s.trainable == 25);
}

TEST_CASE("flops are counted for products of every kind", "[summary]") {
  using namespace wick;
  const auto count = [](auto&& f) {
    const FlopCounter counter;
    f();
    return counter.flops();
  };
  CHECK(count([] { mm(ones({2, 3}), ones({3, 4})); }) == 48);
  CHECK(count([] { bmm(ones({5, 2, 3}), ones({5, 3, 4})); }) == 240);
  CHECK(count([] { mv(ones({2, 3}), ones({3})); }) == 12);
  CHECK(count([] { dot(ones({3}), ones({3})); }) == 6);
  CHECK(count([] { matmul(ones({7, 2, 3}), ones({3, 4})); }) == 7 * 48);
  CHECK(count([] { addmm(ones({4}), ones({2, 3}), ones({3, 4})); }) == 48);
  CHECK(count([] { linear(ones({2, 3}), ones({4, 3}), Tensor()); }) == 48);
  CHECK(count([] { add(ones({2}), 1); }) == 0);
  const Tensor huge = empty({int64_t{1} << 30, 1 << 30}, {.device = meta});
  CHECK(count([&] { mm(huge, huge); }) > 0);
}

TEST_CASE("layers in vectors and lists hang below them", "[summary]") {
  struct Stack : nn::Module {
    nn::Linear first{4, 4};
    std::vector<nn::Linear> blocks = std::vector<nn::Linear>(2, nn::Linear(4, 4));
    nn::ModuleList list{nn::ReLU(), nn::Linear(4, 4)};
    std::vector<nn::Linear> idle = std::vector<nn::Linear>(1, nn::Linear(4, 4));
    std::vector<nn::Linear> none;
    Tensor forward(const Tensor& x) const override {
      Tensor y = first(x);
      for (const nn::Linear& block : blocks) y = block(y);
      for (const auto& [name, layer] : list) y = layer(y);
      return y;
    }
    WICK_MODULE(Stack, first, blocks, list, idle, none)
  };
  const nn::Summary s = nn::summary(Stack(), {2, 4});
  CHECK(s.to_string().substr(0, s.to_string().find("Total")) ==
        R"(=======================================================================
Layer (type (name):depth-index)    Output Shape    Param #    Mult-Adds
=======================================================================
Stack                              [2, 4]               --           --
├─Linear (first): 1-1              [2, 4]               20           32
├─ModuleList (blocks): 1-2         --                   --           --
│    └─Linear (0): 2-1             [2, 4]               20           32
│    └─Linear (1): 2-2             [2, 4]               20           32
├─ModuleList (list): 1-3           --                   --           --
│    └─ReLU (0): 2-3               [2, 4]               --           --
│    └─Linear (1): 2-4             [2, 4]               20           32
├─ModuleList (idle): 1-4           not called           --           --
│    └─Linear (0): 2-5             not called           20           --
├─ModuleList (none): 1-5           not called           --           --
=======================================================================
)");
  CHECK(s.rows[2].name == "blocks");
  CHECK(s.rows[2].depth == 1);
  CHECK(s.rows[3].name == "blocks.0");
  CHECK(s.rows[3].depth == 2);
  CHECK(s.parameters == 5 * 20);
}

TEST_CASE("shared weights are counted once, buffers apart", "[summary]") {
  struct Tied : nn::Module {
    nn::Linear a{4, 4, false}, b{4, 4, false};
    nn::Buffer steps{wick::zeros({3}, {.dtype = wick::int64})};
    Tied() { static_cast<wick::Tensor&>(b.weight) = a.weight; }
    wick::Tensor forward(const wick::Tensor& x) const override { return b(a(x)); }
    WICK_MODULE(Tied, a, b, steps)
  };
  const Tied tied;
  const nn::Summary s = nn::summary(tied, {2, 4});
  CHECK(s.parameters == 16);
  CHECK(s.trainable == 16);
  CHECK(s.buffers == 3);
  CHECK(s.weight_bytes == 16 * 4 + 3 * 8);
  CHECK(s.multiply_adds == 2 * (2 * 4 * 4));
  CHECK(s.input_bytes == 2 * 4 * 4);
  CHECK(s.activation_bytes == 2 * (2 * 4 * 4));
}

TEST_CASE("numbers of a summary at the ends of their units", "[summary]") {
  const auto line = [](int64_t multiply_adds) {
    nn::Summary s;
    s.multiply_adds = multiply_adds;
    const std::string text = s.to_string();
    const size_t at = text.find("Total mult-adds");
    return text.substr(at, text.find('\n', at) - at);
  };
  CHECK(line(0) == "Total mult-adds: 0");
  CHECK(line(999) == "Total mult-adds: 999");
  CHECK(line(1000) == "Total mult-adds: 1,000");
  CHECK(line(999'999) == "Total mult-adds: 999,999");
  CHECK(line(1'000'000) == "Total mult-adds (M): 1.00");
  CHECK(line(999'999'999) == "Total mult-adds (M): 1000.00");
  CHECK(line(1'000'000'000) == "Total mult-adds (G): 1.00");
  CHECK(line(999'999'999'999) == "Total mult-adds (G): 1000.00");
  CHECK(line(1'000'000'000'000) == "Total mult-adds (T): 1.00");
}

TEST_CASE("a summary adds up bytes, of calls too, in the dtype of the model", "[summary]") {
  const Net net;
  const nn::Summary s = nn::summary(net, {5, 4});
  CHECK(s.input_bytes == 5 * 4 * 4);
  CHECK(s.activation_bytes == 2 * 5 * 4 * 4);  // fc was called twice, unused never
  CHECK(s.parameters == 4 * 4 + 4 + 4 * 2 + 2 + 4);
  CHECK(s.buffers == 2);
  CHECK(s.weight_bytes == s.parameters * 4 + 2 * 8);
  CHECK(s.multiply_adds == 2 * 5 * 4 * 4 + 5 * 4 * 3);
  CHECK(s.rows[0].multiply_adds == s.multiply_adds);
  CHECK(s.rows[0].has_layers);
  CHECK_FALSE(s.rows[1].has_layers);
  CHECK(s.rows[1].depth == 1);
  CHECK(s.rows[1].input == wick::Shape{5, 4});
  CHECK_FALSE(s.rows[2].input);
  CHECK(s.rows[2].multiply_adds == 0);
  CHECK_THAT(s.to_string(), ContainsSubstring("not called"));
  nn::Sequential half{nn::Linear(4, 2), nn::Sequential{nn::Linear(2, 2)}};
  half.to(wick::bfloat16);
  const nn::Summary h = nn::summary(half, {3, 4}, wick::bfloat16);
  CHECK(h.input_bytes == 24);
  CHECK(h.activation_bytes == 2 * 3 * 2 * 2);
  CHECK(h.weight_bytes == 2 * h.parameters);
  CHECK(h.rows.back().depth == 2);
  CHECK(h.rows.back().name == "1.0");
  CHECK_THROWS_AS(nn::summary(half, {3, 4}), wick::Error);
  // An input without elements, and one of no dimension.
  CHECK(nn::summary(half, {0, 4}, wick::bfloat16).multiply_adds == 0);
  CHECK(nn::summary(nn::ReLU(), {}).input_bytes == 4);
  // Frozen parameters.
  half[0].requires_grad_(false);
  CHECK(nn::summary(half, {3, 4}, wick::bfloat16).trainable == 2 * 2 + 2);
}
