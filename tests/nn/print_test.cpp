// Modules print as golden/module_repr.txt says.
#include <fstream>
#include <sstream>

#include "catch.h"
#include "golden_path.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

std::string golden() {
  std::ifstream file(golden_path("module_repr.txt"));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool in_golden(const std::string& text) {
  return golden().find("\n" + text + "\n") != std::string::npos ||
         golden().starts_with(text + "\n");
}

struct FeedForward : nn::Module {
  nn::Linear linear1{512, 2048};
  nn::GELU activation;
  nn::Dropout dropout{0.1};
  nn::Linear linear2{2048, 512};
  Tensor forward(const Tensor& x) const override { return x; }
  WICK_MODULE(FeedForward, linear1, activation, dropout, linear2)
};

struct Empty : nn::Module {
  Tensor forward(const Tensor& x) const override { return x; }
  WICK_MODULE(Empty)
};

struct Extra : nn::Module {
  nn::Linear l{1, 1};
  Tensor forward(const Tensor& x) const override { return x; }
  std::string extra_repr() const override { return "k=3"; }
  WICK_MODULE(Extra, l)
};

struct Extra2 : nn::Module {
  Tensor forward(const Tensor& x) const override { return x; }
  std::string extra_repr() const override { return "k=3\nj=4"; }
  WICK_MODULE(Extra2)
};

struct Nest : nn::Module {
  nn::Sequential a{nn::Linear(1, 2), nn::Sequential{nn::ReLU(), nn::Dropout(0.5)}};
  nn::ModuleList ml{nn::ReLU(), nn::ReLU(), nn::Linear(2, 2)};
  nn::ModuleDict md{{"x", nn::Tanh()}, {"y", nn::ReLU()}};
  Empty e;
  Tensor forward(const Tensor& x) const override { return x; }
  WICK_MODULE(Nest, a, ml, md, e)
};

struct Options {
  bool flag = true;
  int64_t count = 3;
  double rate = 1e-5;
  std::string mode = "fast";
  wick::Shape sizes = {3, 4};
  std::optional<int64_t> dim = {};
  std::optional<double> limit = 1.0;
  WICK_OPTIONS(flag, count, rate, mode, sizes, dim, limit)
};

struct Custom : nn::Module {
  Options options;
  std::vector<nn::ReLU> layers = std::vector<nn::ReLU>(2);
  Tensor forward(const Tensor& x) const override { return x; }
  WICK_MODULE(Custom, options, layers)
};

}  // namespace

TEST_CASE("modules print as in PyTorch", "[module][print][golden]") {
  const std::vector<nn::AnyModule> modules{
      nn::Linear(3, 4),
      nn::Linear({.in_features = 3, .out_features = 4, .bias = false}),
      nn::GELU(),
      nn::GELU({.approximate = "tanh"}),
      nn::Dropout(0.1),
      nn::Dropout({.p = 0.5, .inplace = true}),
      nn::Dropout(1.0),
      nn::ReLU(),
      nn::ReLU({.inplace = true}),
      nn::Sigmoid(),
      nn::Tanh(),
      nn::SiLU(),
      nn::SiLU({.inplace = true}),
      nn::Identity(),
      nn::Softmax(1),
      nn::Softmax(),
      nn::LogSoftmax(-1),
      nn::LayerNorm(512),
      nn::LayerNorm({.normalized_shape = {3, 4}, .eps = 1e-6, .elementwise_affine = false}),
      nn::LayerNorm(wick::Shape{3, 4}, 1e-6, false),
      nn::Flatten(),
      nn::Sequential(),
      nn::Sequential{nn::Linear(2, 3), nn::GELU(), nn::Dropout(0.1), nn::Linear(3, 2)},
      FeedForward(),
      Empty(),
      Extra(),
      Extra2(),
      nn::ModuleList(),
      nn::ModuleDict()};
  for (const nn::AnyModule& module : modules) {
    INFO(module.to_string());
    CHECK(in_golden(module.to_string()));
  }
}

TEST_CASE("nested modules print indented", "[module][print][golden]") {
  // Without the ParameterList that PyTorch's example also has.
  std::string expected = golden();
  expected = expected.substr(expected.find("Nest("));
  expected = expected.substr(0, expected.find("  (pl)")) + ")";
  CHECK(Nest().to_string() == expected);
}

TEST_CASE("options print with Python's spelling of values", "[module][print]") {
  CHECK(Custom().to_string() ==
        "Custom(\n"
        "  flag=True, count=3, rate=1e-05, mode='fast', sizes=(3, 4), dim=None, limit=1.0\n"
        "  (layers): ModuleList(\n"
        "    (0): ReLU()\n"
        "    (1): ReLU()\n"
        "  )\n"
        ")");
}

TEST_CASE("modules go to fmt and to streams", "[module][print]") {
  const nn::Linear linear(1, 2);
  const std::string text = "Linear(in_features=1, out_features=2, bias=True)";
  CHECK(fmt::format("{}", linear) == text);
  CHECK(fmt::format("{:>50}", linear) == "  " + text);
  CHECK(fmt::format("{}", nn::AnyModule(linear)) == text);
  std::ostringstream out;
  out << linear;
  CHECK(out.str() == text);
  CHECK(fmt::format("{}", static_cast<const nn::Module&>(linear)) == text);
}
