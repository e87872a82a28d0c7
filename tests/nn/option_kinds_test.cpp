// The types that options may have: printed, read from JSON, written, described.
#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Shape;
using wick::Tensor;

struct KindsOptions {
  std::optional<bool> align = {};
  std::optional<Shape> size = {};
  std::vector<double> scale = {};
  std::vector<std::optional<int64_t>> holes = {};
  nn::StringOrShape padding = "same";
  wick::DType dtype = wick::float32;
  WICK_OPTIONS(align, nn::option(size).at_least(1), nn::option(scale).above(0),
               nn::option(holes).at_least(0),
               nn::option(padding).at_least(0).one_of("same", "valid"), dtype)
};
struct Kinds : nn::Module {
  using Options = KindsOptions;
  KindsOptions options;
  explicit Kinds(KindsOptions o = {}) : options(nn::checked(std::move(o))) {}
  Tensor forward(const Tensor& x) const override { return x; }
  WICK_MODULE(Kinds, options)
};

std::string read(const std::string& keys) {
  try {
    return nn::from_json(R"({"type": "Kinds")" + keys + "}").to_string();
  } catch (const wick::ModelFileError& error) {
    return error.problems()[0].message;
  }
}

}  // namespace

TEST_CASE("options of every type print as Python writes them", "[options]") {
  CHECK(Kinds().to_string() ==
        "Kinds(align=None, size=None, scale=(), holes=(), padding='same', dtype=float32)");
  CHECK(Kinds({.align = true,
               .size = Shape{2, 3},
               .scale = {1.5},
               .holes = {std::nullopt, 7},
               .padding = Shape{1, 2},
               .dtype = wick::int64})
            .to_string() ==
        "Kinds(align=True, size=(2, 3), scale=(1.5,), holes=(None, 7), padding=(1, 2), "
        "dtype=int64)");
}

TEST_CASE("options of every type are read from model files and written to them",
          "[options][model_file]") {
  nn::register_layer<Kinds>();
  CHECK(read(R"(, "align": false, "size": 4, "scale": 2, "holes": [null, 3], "padding": [1, 1],
                "dtype": "bfloat16")") ==
        "Kinds(align=False, size=(4,), scale=(2.0,), holes=(None, 3), padding=(1, 1), "
        "dtype=bfloat16)");
  CHECK(read(R"(, "align": null, "size": null, "padding": "valid", "holes": 5)") ==
        "Kinds(align=None, size=None, scale=(), holes=(5,), padding='valid', dtype=float32)");
  const Kinds kinds({.align = true,
                     .size = Shape{2},
                     .scale = {0.5, 2},
                     .holes = {std::nullopt},
                     .padding = Shape{3},
                     .dtype = wick::float16});
  CHECK(nn::from_json(nn::to_json(kinds)).to_string() == kinds.to_string());
  CHECK(nn::from_json(nn::to_json(Kinds())).to_string() == Kinds().to_string());

  CHECK(read(R"(, "align": 1)") == "must be true or false or null, got 1");
  CHECK(read(R"(, "size": "same")") ==
        "must be a list of at most 16 integers or null, got \"same\"");
  CHECK(read(R"(, "scale": [1, "2"])").starts_with("must be a list of at most 16 numbers, got"));
  CHECK(read(R"(, "scale": null)") == "must be a list of at most 16 numbers, got null");
  CHECK(read(R"(, "holes": [1.5])").starts_with("must be a list of at most 16 integers and nulls"));
  CHECK(read(R"(, "padding": 1.5)") ==
        "must be a string or a list of at most 16 integers, got 1.5");
  CHECK(read(R"(, "dtype": "float")").starts_with("must be \"float32\", \"float64\""));
  CHECK(read(R"(, "padding": "valide")").starts_with("must be \"same\" or \"valid\""));
  CHECK(read(R"(, "padding": [-1])") == "must be at least 0, got [-1]");
  CHECK(read(R"(, "size": [0])") == "must be at least 1, got [0]");
  CHECK(read(R"(, "scale": [0])").find("must be above 0") != std::string::npos);
}

TEST_CASE("options of every type are described", "[options][schema]") {
  nn::register_layer<Kinds>();
  std::vector<std::string> types;
  for (const nn::LayerDescription& layer : nn::layer_descriptions())
    if (layer.name == "Kinds")
      for (const nn::OptionDescription& option : layer.options)
        types.push_back(option.type + " = " + option.default_value);
  CHECK(types ==
        std::vector<std::string>{"boolean or null = null", "list of integers or null = null",
                                 "list of numbers = []", "list of integers and nulls = []",
                                 "string or list of integers = \"same\"", "dtype = \"float32\""});
  const std::string schema = nn::model_schema();
  for (const char* text : {R"("type": ["string", "integer", "array"])", R"("exclusiveMinimum": 0)",
                           R"("items": {"type": ["integer", "null"])"})
    CHECK_THAT(schema, ContainsSubstring(text));
}
