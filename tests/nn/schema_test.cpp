// What the JSON Schema says of each option, and where layers of a file that do not fit each other
// are noticed.
#include <nlohmann/json.hpp>
#include <string>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using nlohmann::json;

const json& schema() {
  static const json parsed = json::parse(nn::model_schema());
  return parsed;
}

json option(const std::string& layer, const std::string& name) {
  return schema()["$defs"]["type." + layer]["properties"][name];
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

/// The same of a list of layers, with or without the shape of its input.
std::string list(const std::string& layers, const std::string& input = "") {
  return problems_of(input.empty() ? "[" + layers + "]"
                                   : R"({"input": )" + input + R"(, "model": [)" + layers + "]}");
}

std::string linear(int64_t in, int64_t out) {
  return fmt::format(R"({{"type": "Linear", "in_features": {}, "out_features": {}}})", in, out);
}

}  // namespace

TEST_CASE("the schema says what each option may be", "[model_file][schema]") {
  CHECK(option("Linear", "in_features") == json{{"type", "integer"}, {"minimum", 0}});
  CHECK(option("Linear", "bias") == json{{"type", "boolean"}, {"default", true}});
  CHECK(schema()["$defs"]["type.Linear"]["required"] == json({"in_features", "out_features"}));
  CHECK(option("Dropout", "p") ==
        json{{"type", "number"}, {"minimum", 0}, {"maximum", 1}, {"default", 0.5}});
  CHECK_FALSE(schema()["$defs"]["type.Dropout"].contains("required"));
  CHECK(option("GELU", "approximate") ==
        json{{"type", "string"}, {"enum", {"none", "tanh"}}, {"default", "none"}});
  CHECK(option("Softmax", "dim") == json{{"type", {"integer", "null"}}, {"default", nullptr}});
  CHECK(option("Flatten", "end_dim") == json{{"type", "integer"}, {"default", -1}});
  CHECK(option("LayerNorm", "normalized_shape") ==
        json{{"type", {"integer", "array"}},
             {"items", {{"type", "integer"}, {"minimum", 0}}},
             {"maxItems", 16},
             {"minItems", 1},
             {"minimum", 0}});
  CHECK(option("LayerNorm", "eps") == json{{"type", "number"}, {"default", 1e-5}});
  CHECK(option("Repeat", "times") == json{{"type", "integer"}, {"minimum", 1}, {"maximum", 1000}});
  CHECK(option("Repeat", "layer") == json{{"$ref", "#/$defs/layer"}});
  CHECK(option("Sequential", "layers") == json{{"$ref", "#/$defs/layers"}});
  CHECK(option("FeedForward", "activation")["enum"].size() == 6);
  CHECK(option("FeedForward", "d_model")["default"] == 512);
  const json& file = schema()["$defs"]["file"];
  CHECK(file["required"] == json({"model"}));
  CHECK(file["additionalProperties"] == false);
  CHECK(file["properties"]["version"]["const"] == 1);
  CHECK(file["properties"]["dtype"]["enum"] == json({"float32", "float64", "bfloat16", "float16"}));
  const json& input = file["properties"]["input"]["anyOf"];  // a shape, or shape and dtype
  CHECK(input[0]["maxItems"] == 16);
  CHECK(input[1]["properties"]["shape"]["maxItems"] == 16);
  CHECK(input[1]["properties"]["dtype"]["enum"].size() == 8);
  CHECK(input[1]["required"] == json({"shape"}));
  const json& test = schema()["$defs"]["test"];
  CHECK(test["required"] == json({"input", "output"}));
  CHECK(test["properties"]["atol"]["default"] == 1e-5);
  CHECK(test["properties"]["rtol"]["minimum"] == 0);
  size_t cases = 0;
  for (const auto& layer : nn::layer_descriptions()) {
    const json& any = schema()["$defs"]["any"];
    CHECK(any["properties"]["type"]["enum"][cases] == layer.name);
    CHECK(any["allOf"][cases]["then"]["$ref"] == "#/$defs/type." + layer.name);
    if (!layer.summary.empty())
      CHECK(schema()["$defs"]["type." + layer.name]["description"] == layer.summary);
    ++cases;
  }
}

TEST_CASE("layers that do not fit each other, with an input and without", "[model_file][shapes]") {
  for (const std::string input : {"", "[\"n\", 4]", "[4]", "[2, 3, 4]"}) {
    CAPTURE(input);
    CHECK(list(linear(4, 8) + "," + linear(8, 2), input) == "");
    CHECK_THAT(list(linear(4, 8) + "," + linear(9, 2), input),
               ContainsSubstring("/1/in_features: expects 9 features but ") &&
                   ContainsSubstring("/0 gives 8"));
    // What hands the features on is not what gave them.
    const std::string between = R"({"type": "ReLU"}, {"type": "Dropout"}, )";
    CHECK_THAT(list(linear(4, 8) + "," + between + linear(9, 2), input),
               ContainsSubstring("/3/in_features: expects 9 features but ") &&
                   ContainsSubstring("/0 gives 8"));
    CHECK_THAT(list(linear(4, 8) + R"(, {"type": "LayerNorm", "normalized_shape": 7})", input),
               ContainsSubstring("expects 7 features but"));
    CHECK_THAT(list(linear(4, 8) + R"(, {"type": "FeedForward", "d_model": 7})", input),
               ContainsSubstring("expects 7 features but"));
    // Behind the mistake the number that was asked for counts, so that it is told once.
    const std::string told = list(linear(4, 8) + "," + linear(9, 2) + "," + linear(2, 3), input);
    CHECK(told.find('\n') == std::string::npos);
    // In a list in a list, and around a Residual.
    CHECK_THAT(
        list(R"({"type": "Sequential", "layers": [)" + linear(4, 8) + "]}," + linear(9, 2), input),
        ContainsSubstring("expects 9 features but"));
    CHECK(list(R"({"type": "Residual", "layer": )" + linear(4, 4) + "}," + linear(4, 2), input) ==
          "");
    if (!input.empty())
      CHECK_THAT(list(R"({"type": "Residual", "layer": )" + linear(4, 5) + "}", input),
                 ContainsSubstring("but Residual adds it to its input of "));
    CHECK_THAT(
        list(linear(4, 4) + R"(, {"type": "Residual", "layer": )" + linear(4, 5) + "}", input),
        ContainsSubstring("but Residual adds it to its input of "));
    CHECK_THAT(list(R"({"type": "Repeat", "times": 2, "layer": )" + linear(4, 5) + "}", input),
               ContainsSubstring("expects 4 features but") && ContainsSubstring("gives 5"));
  }
  // The input itself.
  CHECK_THAT(list(linear(4, 8), "[\"n\", 5]"),
             ContainsSubstring("expects 4 features but /input gives 5"));
  CHECK(list(linear(4, 8), "[0, 4]") == "");
  CHECK(list("", "[3]") == "");
  // Flatten makes another number of features of it, which is known where all sizes are.
  const std::string flatten = R"({"type": "Flatten"},)";
  CHECK(list(flatten + linear(12, 2), "[\"n\", 3, 4]") == "");
  CHECK_THAT(list(flatten + linear(4, 2), "[\"n\", 3, 4]"),
             ContainsSubstring("expects 4 features but /model/0 gives 12"));
  CHECK(list(linear(4, 8) + "," + flatten + linear(100, 2)) == "");  // nobody knows
  CHECK_THAT(list(R"({"type": "LayerNorm", "normalized_shape": [3, 4]})", "[2, 5, 4]"),
             ContainsSubstring("does not take an input of shape [2, 5, 4]"));
}
