// Model files: what they say, what is wrong with them and where. The files are in golden/models:
// valid ones; invalid ones, which the JSON Schema refuses too; and unfit ones, whose mistakes a
// schema cannot see. Beside each bad one stands what wick says of it.
#include "wick/nn/model_file.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "golden_path.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

std::vector<std::string> files_in(const std::string& folder, const std::string& extension) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(golden_path("models/" + folder)))
    if (entry.path().extension() == extension) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The problems of a text, one a line; "" if there are none.
std::string problems_of(std::string_view text) {
  try {
    nn::from_json(text);
    return "";
  } catch (const wick::ModelFileError& error) {
    return error.what();
  }
}

const wick::ModelFileError::Problem first_problem(std::string_view text) {
  try {
    nn::from_json(text);
  } catch (const wick::ModelFileError& error) {
    return error.problems().at(0);
  }
  FAIL("there is nothing wrong with the text");
  return {};
}

constexpr std::string_view ffn_text = R"({
  "model": {
    "type": "Sequential",
    "layers": [
      {"name": "linear1", "type": "Linear", "in_features": 8, "out_features": 32},
      {"type": "GELU", "approximate": "tanh"},
      {"type": "Dropout", "p": 0.1},
      {"name": "linear2", "type": "Linear", "in_features": 32, "out_features": 8}
    ]
  }
})";

}  // namespace

TEST_CASE("a model file builds what the same code builds, with the same numbers", "[model_file]") {
  wick::manual_seed(0);
  const nn::AnyModule loaded = nn::from_json(ffn_text);
  wick::manual_seed(0);
  const nn::Sequential built{{"linear1", nn::Linear(8, 32)},
                             {"1", nn::GELU({.approximate = "tanh"})},
                             {"2", nn::Dropout(0.1)},
                             {"linear2", nn::Linear(32, 8)}};
  CHECK(loaded.to_string() == built.to_string());
  CHECK(loaded->training());
  for (const auto& [name, tensor] : built.state_dict())
    CHECK(equal(loaded->state_dict()[name], tensor));
}

TEST_CASE("each layer of a Repeat has its own first weights", "[model_file]") {
  const nn::AnyModule model = nn::from_json(
      R"({"type": "Repeat", "times": 3, "layer": {"type": "Linear", "in_features": 4, "out_features": 4}})");
  CHECK(model->parameters().size() == 6);
  CHECK_FALSE(equal(model->get_parameter("0.weight"), model->get_parameter("1.weight")));
}

TEST_CASE("the valid files load, and come back the same from their text", "[model_file]") {
  const auto paths = files_in("valid", ".json");
  CHECK(paths.size() >= 7);
  for (const std::string& path : paths) {
    INFO(path);
    const nn::ModelFile file = nn::ModelFile::load(path);
    const std::string text = file.to_json();
    const nn::ModelFile again = nn::ModelFile::parse(text);
    CHECK(again.to_json() == text);
    CHECK(again.model.to_string() == file.model.to_string());
    CHECK_NOTHROW(nlohmann::json::parse(text));
    if (!file.metadata.empty())
      CHECK(nlohmann::json::parse(again.metadata) == nlohmann::json::parse(file.metadata));
  }
}

TEST_CASE("bad files tell all that is wrong, with places", "[model_file][errors]") {
  for (const std::string folder : {"invalid", "unfit"}) {
    const auto paths = files_in(folder, ".json");
    CHECK(paths.size() >= 9);
    for (const std::string& path : paths) {
      const std::string name = std::filesystem::path(path).filename().string();
      INFO(name);
      const std::string expected =
          wick::io::read_file(std::filesystem::path(path).replace_extension(".txt").string());
      // Loaded from its folder, so that the messages do not depend on where that is.
      const std::string text = wick::io::read_file(path);
      std::string told = problems_of(text);
      for (size_t at; (at = told.find("<json>:")) != std::string::npos;) told.replace(at, 6, name);
      const std::string layers = std::to_string(nn::layer_descriptions().size()) + " layers";
      for (size_t at; (at = told.find(layers)) != std::string::npos;)
        told.replace(at, layers.size(), "{layers} layers");
      CHECK(told + "\n" == expected);
    }
  }
}

TEST_CASE("the message names the file as it was given", "[model_file][errors]") {
  const std::string path = golden_path("models/invalid/version.json");
  CHECK_THROWS_WITH(nn::load(path), path +
                                        ":1:13: /version: version 2 is not supported: this "
                                        "program reads version 1");
  CHECK_THROWS_AS(nn::load("no/such/file.json"), wick::FileError);
  CHECK_THROWS_WITH(nn::load("no/such/file.json"),
                    "cannot read no/such/file.json: No such file or directory");
  CHECK_THROWS_AS(nn::load("."), wick::FileError);
}

TEST_CASE("a layer that is misspelt, and one that is somebody's own", "[model_file][errors]") {
  CHECK_THAT(problems_of(R"({"type": "relu"})"), ContainsSubstring("did you mean \"ReLU\"?"));
  CHECK_THAT(problems_of(R"({"type": "torch.nn.Linear", "in_features": 1, "out_features": 1})"),
             ContainsSubstring("did you mean \"Linear\"?"));
  const std::string own = problems_of(R"({"type": "MyAttention"})");
  CHECK_THAT(own, ContainsSubstring("unknown layer \"MyAttention\". If it is one of your own, the "
                                    "program that reads the file has to register it first"));
  CHECK(own.find("did you mean") == std::string::npos);
}

TEST_CASE("a bad option says what it got", "[model_file][errors]") {
  CHECK_THROWS_WITH(nn::GELU({.approximate = "fast"}),
                    "approximate argument must be either none or tanh. Got: \"fast\"");
  CHECK_THROWS_WITH(nn::GELU({.approximate = "t"}), ContainsSubstring("Got: \"t\""));
  CHECK_THROWS_WITH(nn::Dropout(1.5), "dropout probability has to be between 0 and 1, but got 1.5");
  CHECK_THROWS_WITH(nn::HuberLoss({.delta = -2}), ContainsSubstring("Got: -2.0"));
  CHECK_THROWS_WITH(nn::SmoothL1Loss({.beta = -1}), ContainsSubstring("Got: -1.0"));
  CHECK_THROWS_WITH(nn::MSELoss({.reduction = "avg"}), "avg is not a valid value for reduction");
  CHECK_THROWS_WITH(nn::check_range("x", 0.0, 1e308), "x must be at least 1e+308, got 0.0");
  const std::string text(1'000'000, 'x');
  try {
    nn::MSELoss({.reduction = text});
    FAIL("taken");
  } catch (const nn::OptionError& error) {
    CHECK(std::string_view(error.what()).size() < 500);
  }
}

TEST_CASE("problems are there for programs too", "[model_file][errors]") {
  const auto unknown = first_problem(R"({"type": "Droput"})");
  CHECK(unknown.line == 1);
  CHECK(unknown.column == 10);
  CHECK(unknown.pointer == "/type");
  CHECK(unknown.found == "Droput");
  CHECK(unknown.suggestion == "Dropout");
  CHECK(std::find(unknown.valid.begin(), unknown.valid.end(), "Linear") != unknown.valid.end());
  const auto range = first_problem("[\n {\"type\": \"Dropout\", \"p\": 1.5}]");
  CHECK(range.line == 2);
  CHECK(range.column == 27);
  CHECK(range.pointer == "/0/p");
  CHECK(range.expected == "must be between 0 and 1");
  CHECK(range.found == "1.5");
  const auto key = first_problem(R"({"type": "ReLU", "in/pl~ace": 1})");
  CHECK(key.pointer == "/in~1pl~0ace");
  CHECK(key.suggestion == "inplace");
}

TEST_CASE("limits hold, each with its own message", "[model_file][errors]") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"type":"Sequential","layers":[)";
  CHECK_THAT(problems_of(deep), ContainsSubstring("the nesting is deeper than the limit of 200"));
  CHECK_THAT(problems_of(std::string(100'000, '[')), ContainsSubstring("limit of 200"));
  std::string wide = "[0";
  for (int i = 0; i < 1'000'001; ++i) wide += ",0";
  CHECK_THAT(problems_of(wide + "]"),
             ContainsSubstring("the file has more values than the limit of 1000000"));
  CHECK_THAT(problems_of(R"({"type": "Repeat", "times": 1001, "layer": {"type": "ReLU"}})"),
             ContainsSubstring("/times: must be between 1 and 1000, got 1001"));
  std::string many = "[{\"type\":\"Tanh\"}";
  for (int i = 0; i < 10'001; ++i) many += ",{\"type\":\"Tanh\"}";
  CHECK_THAT(problems_of(many + "]"),
             ContainsSubstring("the model has more layers than the limit of 10000"));
  CHECK_THAT(problems_of(R"([{"type": "Linear", "in_features": 65536, "out_features": 65535},
                             {"type": "Linear", "in_features": 65535, "out_features": 2}])"),
             ContainsSubstring("/1: with this layer the model has more parameters than the limit"));
}

TEST_CASE("limits are met exactly", "[model_file][errors]") {
  // An object, a list of layers, a list of zeros: three values and the zeros.
  const auto with_values = [](int64_t count) {
    std::string text = R"({"model": [], "metadata": [0)";
    for (int64_t i = 4; i < count; ++i) text += ",0";
    return text + "]}";
  };
  CHECK(problems_of(with_values(nn::max_model_values - 1)) == "");
  CHECK(problems_of(with_values(nn::max_model_values)) == "");
  CHECK_THAT(problems_of(with_values(nn::max_model_values + 1)),
             ContainsSubstring("the file has more values than the limit of 1000000"));

  const auto with_layers = [](int64_t count) {
    std::string text = R"([{"type":"Tanh"})";
    for (int64_t i = 1; i < count; ++i) text += R"(,{"type":"Tanh"})";
    return text + "]";
  };
  // The Sequential around them counts as well.
  CHECK(problems_of(with_layers(nn::max_model_layers - 1)) == "");
  CHECK_THAT(problems_of(with_layers(nn::max_model_layers + 1)),
             ContainsSubstring("the model has more layers than the limit of 10000"));

  const auto nested = [](int64_t levels) {
    std::string text = R"({"model": [], "metadata": )";
    for (int64_t i = 1; i < levels; ++i) text += "[";
    for (int64_t i = 1; i < levels; ++i) text += "]";
    return text + "}";
  };
  CHECK(problems_of(nested(nn::max_model_nesting)) == "");
  CHECK_THAT(problems_of(nested(nn::max_model_nesting + 1)),
             ContainsSubstring("the nesting is deeper than the limit of 200"));

  const auto repeated = [](int64_t times) {
    return fmt::format(R"({{"type": "Repeat", "times": {}, "layer": {{"type": "ReLU"}}}})", times);
  };
  CHECK(problems_of(repeated(1)) == "");
  CHECK(problems_of(repeated(nn::max_model_repeat)) == "");
  CHECK_THAT(problems_of(repeated(0)), ContainsSubstring("/times: must be between 1 and 1000"));
  CHECK_THAT(problems_of(repeated(nn::max_model_repeat + 1)),
             ContainsSubstring("/times: must be between 1 and 1000, got 1001"));
}

TEST_CASE("integers of options: whole numbers that fit, however they are written",
          "[model_file][errors]") {
  const auto flatten = [](std::string_view number) {
    return problems_of(fmt::format(R"({{"type": "Flatten", "start_dim": {}}})", number));
  };
  CHECK(flatten("1") == "");
  CHECK(flatten("-2") == "");
  for (const char* bad : {"-1e300", "1e300", "1.5", "9223372036854775808", "-9223372036854775809",
                          "18446744073709551616", "true", "null", "\"1\"", "[1]"}) {
    CAPTURE(bad);
    const std::string told = flatten(bad);
    CHECK_THAT(told, ContainsSubstring("/start_dim"));
    CHECK(told.size() < 300);
  }
}

TEST_CASE("a file of mistakes gives a message of bounded size", "[model_file][errors]") {
  std::string text = "[";
  for (int i = 0; i < 5'000; ++i) text += "{\"type\": \"" + std::string(1000, 'x') + "\"},\n";
  const std::string told = problems_of(text + "{\"type\": 1}]");
  CHECK(told.size() < 100'000);
  CHECK_THAT(told, ContainsSubstring("... and 4901 more"));
  const std::string key(100'000, 'k');
  CHECK(problems_of("{\"" + key + "\": {\"" + key + "\": [1, }}").size() < 2'000);
}

TEST_CASE("every layer of the table survives the way through JSON", "[model_file][layers]") {
  for (const nn::LayerDescription& layer : nn::layer_descriptions()) {
    INFO(layer.name);
    CHECK_FALSE(layer.summary.empty());
    nlohmann::json json{{"type", layer.name}};
    for (const nn::OptionDescription& option : layer.options) {
      if (option.type == "layer") json[option.name] = {{"type", "GELU"}};
      if (option.type == "list of layers")
        json[option.name] = {{{"type", "GELU"}, {"name", "act"}}, {{"type", "Tanh"}}};
      if (option.type == "integer") json[option.name] = 3;
      if (option.type == "integer or null") json[option.name] = -1;
      if (option.type == "number") json[option.name] = 0.125;
      if (option.type == "boolean") json[option.name] = option.default_value == "false";
      if (option.type == "list of integers") json[option.name] = {3};
      if (option.type == "string") json[option.name] = option.choices.back();
      INFO(option.name << " " << option.type);
      CHECK(json.contains(option.name));
      CHECK(option.must_be_given == option.default_value.empty());
    }
    const nn::AnyModule model = nn::from_json(json.dump());
    const std::string text = nn::to_json(*model);
    const nn::AnyModule again = nn::from_json(text);
    CHECK(nn::to_json(*again) == text);
    CHECK(again.to_string() == model.to_string());
    // Every option that differs from its default is in the text.
    for (const auto& [key, value] : json.items())
      CHECK(nlohmann::json::parse(text)["model"][key] == value);
  }
}

TEST_CASE("what constructors refuse is known as the limits of options", "[model_file][layers]") {
  const auto option = [](std::string_view layer, std::string_view name) {
    for (const nn::LayerDescription& l : nn::layer_descriptions())
      if (l.name == layer)
        for (const nn::OptionDescription& o : l.options)
          if (o.name == name) return o;
    FAIL("there is no option " << name << " of " << layer);
    return nn::OptionDescription{};
  };
  CHECK(option("GELU", "approximate").choices == std::vector<std::string>{"none", "tanh"});
  CHECK(option("GELU", "approximate").default_value == "\"none\"");
  CHECK(option("Dropout", "p").minimum == 0.0);
  CHECK(option("Dropout", "p").maximum == 1.0);
  CHECK(option("Linear", "in_features").must_be_given);
  CHECK(option("Linear", "in_features").minimum == 0.0);
  CHECK_FALSE(option("Linear", "in_features").maximum);
  CHECK(option("Linear", "bias").type == "boolean");
  CHECK(option("FeedForward", "activation").choices.size() == 6);
  CHECK(option("Repeat", "times").maximum == 1000.0);
  CHECK(option("Softmax", "dim").type == "integer or null");
}

TEST_CASE("the schema is JSON and knows every layer", "[model_file][layers]") {
  const auto schema = nlohmann::json::parse(nn::model_schema());
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  for (const nn::LayerDescription& layer : nn::layer_descriptions())
    CHECK(schema["$defs"].contains("type." + layer.name));
}

TEST_CASE("a module that model files cannot describe is refused", "[model_file][errors]") {
  CHECK_THROWS_WITH(nn::to_json(nn::ModuleList{nn::ReLU()}),
                    ContainsSubstring("a ModuleList cannot be written to a model file"));
  nn::FeedForward changed(8, 16);
  changed.activation = nn::Tanh();
  CHECK_THROWS_WITH(
      nn::to_json(changed),
      ContainsSubstring("FeedForward was changed in ways that its options do not tell, "
                        "so a model file cannot describe it: its field activation is "
                        "Tanh(), and would be read as GELU(approximate='none')"));
  nn::Linear wide(3, 4);
  wide.weight = nn::Parameter(wick::zeros({4, 5}));
  CHECK_THROWS_WITH(nn::to_json(wide),
                    ContainsSubstring("its field weight is float32 [4, 5], and would be read as "
                                      "float32 [4, 3]"));
  nn::Sequential inside{nn::ReLU(), nn::FeedForward(8, 16)};
  inside[1].as<nn::FeedForward>().dropout = nn::Dropout(0.75);
  CHECK_THROWS_WITH(nn::to_json(inside),
                    ContainsSubstring("its field 1.dropout is Dropout(p=0.75, inplace=False), and "
                                      "would be read as Dropout(p=0.1, inplace=False)"));
  nn::Repeat repeat(2, nn::Linear(2, 2));
  repeat[0].as<nn::Linear>().options.bias = false;
  CHECK_THROWS_WITH(nn::to_json(repeat), ContainsSubstring("a Repeat whose layers differ"));
  nn::LayerNorm endless({.normalized_shape = {4}, .eps = INFINITY});
  CHECK_THROWS_AS(nn::to_json(endless), wick::ValueError);
  nn::Sequential mixed{nn::Linear(2, 2), nn::Linear(2, 2)};
  mixed[0].to(wick::float64);
  CHECK_THROWS_WITH(nn::to_json(mixed), ContainsSubstring("tensors of float64 and float32"));
}

TEST_CASE("the dtype of a model is part of its file", "[model_file]") {
  nn::Sequential model{nn::Linear(3, 4), nn::ReLU()};
  model.to(wick::bfloat16);
  const std::string text = nn::to_json(model);
  CHECK_THAT(text, ContainsSubstring("\"dtype\": \"bfloat16\""));
  CHECK(nn::from_json(text)->parameters()[0].dtype() == wick::bfloat16);
}

TEST_CASE("the dtype of a model without tensors is kept", "[model_file]") {
  const std::string text = R"({"dtype": "float64", "input": ["n"], "model": {"type": "GELU"}})";
  nn::ModelFile file = nn::ModelFile::parse(text);
  CHECK(file.dtype == wick::float64);
  CHECK_THAT(file.to_json(), ContainsSubstring("\"dtype\": \"float64\""));
  CHECK(nn::ModelFile::parse(file.to_json()).dtype == wick::float64);
  CHECK(nn::ModelFile::parse(R"({"type": "GELU"})").dtype == wick::float32);
  // Where there are tensors, they tell.
  file.model = nn::Linear(2, 2);
  CHECK(file.to_json().find("dtype") == std::string::npos);
}

TEST_CASE("a text has the name that it is given", "[model_file][errors]") {
  CHECK_THROWS_WITH(nn::from_json("{", {.name = "the socket"}),
                    ContainsSubstring("the socket:1:2: "));
}

TEST_CASE("a text is laid out for people", "[model_file]") {
  const nn::Sequential model{
      {"linear1", nn::Linear(512, 2048)},
      {"act", nn::GELU({.approximate = "tanh"})},
      {"2", nn::Residual(nn::Linear({.in_features = 2048, .out_features = 2048, .bias = false}))}};
  CHECK(nn::to_json(model) == R"({
  "version": 1,
  "model": {
    "type": "Sequential",
    "layers": [
      {"name": "linear1", "type": "Linear", "in_features": 512, "out_features": 2048},
      {"name": "act", "type": "GELU", "approximate": "tanh"},
      {
        "type": "Residual",
        "layer": {"type": "Linear", "in_features": 2048, "out_features": 2048, "bias": false}
      }
    ]
  }
}
)");
}

TEST_CASE("building on the meta device needs no memory", "[model_file]") {
  const wick::DeviceGuard guard(wick::meta);
  const nn::AnyModule model = nn::from_json(
      R"({"type": "Linear", "in_features": 60000, "out_features": 60000, "bias": false})");
  CHECK(model->parameters()[0].is_meta());
}

// -- The user's own layers ------------------------------------------------------------------------

namespace {

struct ScaleOptions {
  double factor = 1;
  int64_t times = nn::required;
  std::optional<double> floor = {};
  WICK_OPTIONS(nn::option(factor).between(-10, 10), nn::option(times).at_least(1), floor)
};

struct Scale : nn::Module {
  using Options = ScaleOptions;
  explicit Scale(ScaleOptions o) : options(nn::checked(o)) {
    if (o.factor == 5) throw std::invalid_argument("five is not a factor");
  }
  Tensor forward(const Tensor& x) const override {
    Tensor y = x;
    for (int64_t i = 0; i < options.times; ++i) y = y * options.factor;
    return y;
  }
  ScaleOptions options;
  WICK_MODULE(Scale, options)
};

struct GateOptions {
  nn::AnyModule value = nn::Identity();
  nn::AnyModule gate = nn::Identity();
  WICK_OPTIONS(value, gate)
};

/// value(x) * gate(x)
struct Gate : nn::Module {
  using Options = GateOptions;
  explicit Gate(GateOptions o) : value(std::move(o.value)), gate(std::move(o.gate)) {}
  Tensor forward(const Tensor& x) const override { return value(x) * gate(x); }
  nn::AnyModule value;
  nn::AnyModule gate;
  WICK_MODULE(Gate, value, gate)
};

struct Impostor : nn::Module {
  Tensor forward(const Tensor& x) const override { return x; }
  static constexpr std::string_view static_type_name() { return "Linear"; }
  std::string_view type_name() const override { return "Linear"; }
  std::unique_ptr<nn::ModuleBase> clone() const override {
    return std::make_unique<Impostor>(*this);
  }
  void visit(nn::Visitor&) override {}
};

}  // namespace

TEST_CASE("registered layers are layers like the others", "[model_file]") {
  nn::register_layer<Scale>("multiplies by a constant, several times");
  nn::register_layer<Scale>("multiplies by a constant, several times");  // again is fine
  nn::register_layer<Gate>();
  const nn::AnyModule model = nn::from_json(R"([
    {"type": "Scale", "factor": 2, "times": 3},
    {"type": "Gate", "value": {"type": "Linear", "in_features": 2, "out_features": 2},
     "gate": {"type": "Sigmoid"}}
  ])");
  CHECK(equal((*model).as<nn::Sequential>()[0](wick::ones({2})), wick::full({2}, 8.)));
  CHECK(model->get_parameter("1.value.weight").shape() == wick::Shape{2, 2});
  const std::string text = nn::to_json(*model);
  CHECK(nn::to_json(*nn::from_json(text)) == text);
  CHECK_THAT(nn::model_schema(), ContainsSubstring("type.Scale"));
  CHECK(problems_of(R"({"type": "Scale", "factor": 11, "times": 1})") ==
        "<json>:1:29: /factor: must be between -10 and 10, got 11");
  CHECK(problems_of(R"({"type": "Scale", "factor": 5, "times": 1})") ==
        "<json>:1:1: five is not a factor");
  CHECK_THAT(problems_of(R"({"type": "Scale"})"),
             ContainsSubstring("missing key \"times\" (an integer)"));
  CHECK_THROWS_WITH(nn::register_layer<Impostor>(),
                    "register_layer: there is another layer called \"Linear\"");
}
