// What stands beside options in WICK_OPTIONS: who reads it, and what it refuses.
#include <cmath>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Shape;
using wick::Tensor;

struct RulesOptions {
  int64_t count = 1;
  double rate = 0.5;
  double positive = 1;
  std::string mode_ = "a";
  Shape sizes = {1};
  std::optional<double> limit = {};
  std::optional<int64_t> dim = {};
  int64_t free = 0;
  bool flag = false;
  WICK_OPTIONS(
      nn::option(count).between(0, 4), nn::option(rate).at_least(0),
      nn::option(positive).above(0).says("positive (it says, \"above\") is {}, not above 0"),
      nn::option(mode_).one_of("a", "b, (c)"), nn::option(sizes).at_least(1),
      nn::option(limit).between(-1, 1), nn::option(dim).at_least(-2), free, flag)
};

struct UpperOptions {
  double rate = 0;
  double share = 0.5;
  double most = 0;
  double any = 0;
  double positive = 1;
  int64_t count = 0;
  WICK_OPTIONS(nn::option(rate).at_least(0).below(1), nn::option(share).above(0).at_most(1),
               nn::option(most).at_most(2).says("too much"), nn::option(any).finite(),
               nn::option(positive).above(0).finite(), nn::option(count).below(3))
};
struct Upper : nn::Module {
  using Options = UpperOptions;
  UpperOptions options;
  explicit Upper(UpperOptions o) : options(nn::checked(o)) {}
  Tensor forward(const Tensor& x) const override { return x; }
  WICK_MODULE(Upper, options)
};

struct ChannelsOptions {
  int64_t channels = nn::required;
  int64_t outputs = nn::required;
  WICK_OPTIONS(nn::option(channels).at_least(1).size_of_input(-1),
               nn::option(outputs).at_least(1).size_of_output(-1))
};
struct Channels : nn::Module {
  using Options = ChannelsOptions;
  ChannelsOptions options;
  nn::Parameter weight;
  explicit Channels(ChannelsOptions o)
      : options(nn::checked(o)), weight(wick::ones({o.channels, o.outputs})) {}
  Tensor forward(const Tensor& x) const override { return x.matmul(weight); }
  WICK_MODULE(Channels, options, weight)
};

template <class Options>
std::string told_of(const Options& options) {
  try {
    nn::checked(options);
  } catch (const nn::OptionError& error) {
    return error.what();
  }
  return "";
}
std::string told(const RulesOptions& options) { return told_of(options); }

}  // namespace

TEST_CASE("options are checked by the rules beside them", "[options]") {
  CHECK(told({}).empty());
  CHECK(told({.count = 0}).empty());
  CHECK(told({.count = 5}) == "count must be between 0 and 4, got 5");
  CHECK(told({.count = nn::required}) == "count must be given");
  CHECK(told({.rate = -0.5}) == "rate must be at least 0, got -0.5");
  CHECK_FALSE(told({.rate = std::nan("")}).empty());
  CHECK(told({.rate = wick::inf}).empty());
  CHECK(told({.positive = 0}) == "positive (it says, \"above\") is 0.0, not above 0");
  CHECK_FALSE(told({.positive = std::nan("")}).empty());
  CHECK(told({.mode_ = "b, (c)"}).empty());
  CHECK(told({.mode_ = "b"}) == "mode must be \"a\" or \"b, (c)\", got \"b\"");
  CHECK(told({.sizes = {2, 0}}) == "sizes must be at least 1, got 0");
  CHECK(told({.sizes = {}}).empty());
  CHECK(told({.limit = 2.}) == "limit must be between -1 and 1, got 2.0");
  CHECK(told({.dim = -3}) == "dim must be at least -2, got -3");
  CHECK(told({.free = nn::required + 1}).empty());
  CHECK(nn::checked(RulesOptions{.count = 3}).count == 3);
}

TEST_CASE("options with limits that they must not reach, and finite ones", "[options]") {
  const auto told_upper = [](const UpperOptions& options) { return told_of(options); };
  CHECK(told_upper({}).empty());
  CHECK(told_upper({.rate = 1}) == "rate must be at least 0 and below 1, got 1.0");
  CHECK(told_upper({.rate = -1}) == "rate must be at least 0 and below 1, got -1.0");
  CHECK(told_upper({.share = 1}).empty());
  CHECK(told_upper({.share = 0}) == "share must be above 0 and at most 1, got 0.0");
  CHECK(told_upper({.most = -wick::inf}).empty());
  CHECK(told_upper({.most = 3}) == "too much Got: 3.0");
  CHECK(told_upper({.any = wick::inf}) == "any must be finite, got inf");
  CHECK(told_upper({.any = std::nan("")}) == "any must be finite, got nan");
  CHECK(told_upper({.positive = wick::inf}) == "positive must be above 0 and finite, got inf");
  CHECK(told_upper({.count = 2}).empty());
  CHECK(told_upper({.count = 3}) == "count must be below 3, got 3");
  CHECK(told_upper({.count = nn::required}) == "count must be given");
  nn::register_layer<Upper>("has upper limits");
  CHECK_THAT(nn::model_schema(), ContainsSubstring("\"exclusiveMaximum\": 1"));
}

TEST_CASE("visitors see the rules of the option that they are shown, and names without them",
          "[options][visitor]") {
  struct Read : nn::Visitor {
    std::string log;
    void option(std::string_view name, Option) override {
      log += std::string(name);
      if (rules().minimum) log += rules().above ? ">" : ">=";
      if (rules().choices[0]) log += "|";
      log += " ";
    }
  } read;
  RulesOptions options;
  options.visit(read);
  CHECK(read.log == "count>= rate>= positive> mode| sizes>= limit>= dim>= free flag ");
  struct ReadOnly : nn::ConstVisitor {
    std::optional<int> input, output;
    void option(std::string_view, Option) override {
      if (rules().input_dim) input = rules().input_dim;
      if (rules().output_dim) output = rules().output_dim;
    }
  } only;
  nn::Linear(2, 3).inspect(only);
  CHECK(only.input == -1);
  CHECK(only.output == -1);
  CHECK(nn::Linear(2, 3).to_string() == "Linear(in_features=2, out_features=3, bias=True)");
}

TEST_CASE("the schema and the shape check of model files read the rules", "[options][model_file]") {
  nn::register_layer<Channels>("mixes channels");
  for (const nn::LayerDescription& layer : nn::layer_descriptions()) {
    if (layer.name == "Channels") {
      REQUIRE(layer.options.size() == 2);
      CHECK(layer.options[0].minimum == 1.0);
      CHECK(layer.options[0].must_be_given);
    }
    for (const nn::OptionDescription& option : layer.options)
      if (layer.name == "GELU") CHECK(option.choices == std::vector<std::string>{"none", "tanh"});
  }
  const auto problems = [](const std::string& text) -> std::string {
    try {
      nn::from_json(text, {.load_weights = false});
    } catch (const wick::ModelFileError& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(problems(R"([{"type": "Channels", "channels": 0, "outputs": 2}])"),
             ContainsSubstring("must be at least 1, got 0"));
  // Without an input, sizes are followed from layer to layer all the same.
  CHECK_THAT(problems(R"([{"type": "Channels", "channels": 3, "outputs": 2},
                          {"type": "Channels", "channels": 4, "outputs": 2}])"),
             ContainsSubstring("/1/channels: expects 4 features but /0 gives 2"));
  // A layer with another mistake in it says what it expects and gives.
  CHECK_THAT(problems(R"([{"type": "Channels", "channels": 3, "outputs": 2},
                          {"type": "Channels", "channels": 4, "outputs": 2, "more": 1}])"),
             ContainsSubstring("/1/channels: expects 4 features but /0 gives 2"));
  CHECK(problems(R"([{"type": "Channels", "channels": 3, "outputs": 2},
                     {"type": "Channels", "channels": 2, "outputs": 5}])")
            .empty());
}
