// What may stand in a model file: for people, layer_descriptions(); for editors, model_schema().
#include <algorithm>

#include "nn/layers.h"
#include "nn/model/option_json.h"
#include "nn/model/pretty_json.h"
#include "wick/format.h"
#include "wick/nn/container.h"
#include "wick/nn/model_file.h"

namespace wick::nn {
namespace model {
namespace {

/// Notes the options of a layer.
struct Describe : Visitor {
  std::vector<OptionDescription> options;

  void option(std::string_view name, Option value) override {
    OptionDescription description{std::string(name), type_name(value), must_be_given(value)};
    if (!description.must_be_given) description.default_value = option_json(name, value).dump();
    description.minimum = rules().minimum;
    description.maximum = rules().maximum;
    description.above_minimum = rules().above;
    description.below_maximum = rules().below;
    for (const char* choice : rules().choices)
      if (choice) description.choices.emplace_back(choice);
    std::sort(description.choices.begin(), description.choices.end());  // as one looks for them
    options.push_back(std::move(description));
    give_required(value);
  }
  void any(std::string_view name, AnyModule&) override {
    options.push_back({std::string(name), "layer", true});
  }
  void layers(std::string_view name, std::vector<NamedModule>&) override {
    options.push_back({std::string(name), "list of layers", true});
  }
};

/// 2 instead of 2.0
Json number(double value) {
  const auto whole = static_cast<int64_t>(value);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

Json reference(std::string_view definition) {
  return {{"$ref", fmt::format("#/$defs/{}", definition)}};
}

Json dtype_names() {
  return {"float32", "float64", "bfloat16", "float16", "int64", "int32", "uint8", "bool"};
}

Json option_schema(const OptionDescription& option) {
  if (option.type == "layer") return reference("layer");
  if (option.type == "list of layers") return reference("layers");
  std::string type = option.type;
  const bool nullable = type.ends_with(" or null");
  if (nullable) type.resize(type.size() - 8);
  const std::string minimum = option.above_minimum ? "exclusiveMinimum" : "minimum";
  const std::string maximum = option.below_maximum ? "exclusiveMaximum" : "maximum";
  Json schema;
  Json types = Json::array();
  if (const size_t list = type.find("list of "); list != type.npos) {
    const std::string item = type.substr(list + 8).starts_with("number") ? "number" : "integer";
    if (list > 0) types.push_back("string");
    types.push_back(item);
    types.push_back("array");
    schema["type"] = Json();  // stands first, and is set below
    schema["items"] = {{"type", type.ends_with("nulls") ? Json{item, "null"} : Json(item)}};
    schema["maxItems"] = Shape::max_rank;
    if (option.must_be_given) schema["minItems"] = 1;
    if (option.minimum) schema["items"][minimum] = number(*option.minimum);
  } else if (type == "dtype") {
    types.push_back("string");
    schema["type"] = Json();
    schema["enum"] = dtype_names();
  } else {
    types.push_back(type);
  }
  if (nullable) types.push_back("null");
  schema["type"] = types.items().size() == 1 ? types.items()[0] : types;
  if (!option.choices.empty()) schema["enum"] = option.choices;
  if (option.minimum) schema[minimum] = number(*option.minimum);
  if (option.maximum) schema[maximum] = number(*option.maximum);
  if (!option.default_value.empty()) schema["default"] = Json::parsed(option.default_value);
  return schema;
}

std::string definition_of(std::string_view layer) { return fmt::format("type.{}", layer); }

Json layer_schema(const LayerDescription& layer) {
  Json properties = Json::object();
  Json required_keys = Json::array();
  for (const OptionDescription& option : layer.options) {
    properties[option.name] = option_schema(option);
    if (option.must_be_given) required_keys.push_back(option.name);
  }
  Json schema;
  if (!layer.summary.empty()) schema["description"] = layer.summary;
  schema["properties"] = std::move(properties);
  if (!required_keys.empty()) schema["required"] = std::move(required_keys);
  return schema;
}

/// Any layer: its type, and the keys of that type.
Json any_layer_schema(const std::vector<LayerDescription>& layers) {
  Json names = Json::array();
  Json cases = Json::array();
  for (const LayerDescription& layer : layers) {
    names.push_back(layer.name);
    Json is_type{{"properties", {{"type", {{"const", layer.name}}}}}};
    cases.push_back({{"if", std::move(is_type)}, {"then", reference(definition_of(layer.name))}});
  }
  Json schema{{"type", "object"}, {"required", {"type"}}};
  schema["properties"]["type"] = {{"description", "which layer"}, {"enum", std::move(names)}};
  schema["properties"]["$comment"] = true;
  schema["allOf"] = std::move(cases);
  return schema;
}

Json test_schema() {
  const ModelTest usual;
  Json schema{{"type", "object"}};
  schema["required"] = {"input", "output"};
  Json& properties = schema["properties"];
  properties["input"] = {{"description", "a file with one tensor"}, {"type", "string"}};
  properties["output"] = {{"description", "a file with what the model makes of it"},
                          {"type", "string"}};
  properties["atol"] = {{"type", "number"}, {"minimum", 0}, {"default", usual.atol}};
  properties["rtol"] = {{"type", "number"}, {"minimum", 0}, {"default", usual.rtol}};
  properties["$comment"] = true;
  schema["additionalProperties"] = false;
  return schema;
}

Json file_schema() {
  Json schema{{"type", "object"}, {"required", {"model"}}};
  Json& properties = schema["properties"];
  properties["$schema"] = {{"type", "string"}};
  properties["version"] = {{"description", "of this format"}, {"const", 1}, {"default", 1}};
  properties["dtype"] = {{"description", "of parameters and input"},
                         {"enum", {"float32", "float64", "bfloat16", "float16"}},
                         {"default", "float32"}};
  Json size;
  size["anyOf"] = {{{"type", "integer"}, {"minimum", 0}}, {{"type", "string"}, {"minLength", 1}}};
  Json shape{{"description", "shape of the input: sizes, and names of free sizes"},
             {"type", "array"},
             {"maxItems", Shape::max_rank},
             {"items", std::move(size)}};
  Json with_dtype{{"description", "shape and dtype of the input"}, {"type", "object"}};
  with_dtype["properties"] = {
      {"shape", shape},
      {"dtype",
       {{"enum",
         {"float32", "float64", "bfloat16", "float16", "int64", "int32", "uint8", "bool"}}}},
      {"$comment", true}};
  with_dtype["required"] = {"shape"};
  with_dtype["additionalProperties"] = false;
  properties["input"]["anyOf"] = {std::move(shape), std::move(with_dtype)};
  properties["weights"] = {{"description", "a weight file, relative to this one"},
                           {"type", "string"}};
  properties["model"] = {{"anyOf", {reference("layer"), reference("layers")}}};
  properties["tests"] = {{"type", "array"}, {"items", reference("test")}};
  properties["metadata"] = {{"description", "anything"}};
  properties["$comment"] = true;
  schema["additionalProperties"] = false;
  return schema;
}

}  // namespace
}  // namespace model

std::vector<LayerDescription> layer_descriptions() {
  const DeviceGuard guard(meta);
  std::vector<LayerDescription> result;
  for (const detail::KnownLayer& layer : detail::known_layers()) {
    model::Describe describe;
    layer.make(describe);
    result.push_back(
        {std::string(layer.name), std::string(layer.summary), std::move(describe.options)});
  }
  return result;
}

std::string model_schema() {
  const std::vector<LayerDescription> layers = layer_descriptions();
  model::Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                     {"title", "wick model"}};
  using model::reference;
  schema["anyOf"] = {reference("file"), reference("layer"), reference("layers")};
  model::Json& definitions = schema["$defs"];
  definitions["file"] = model::file_schema();
  definitions["test"] = model::test_schema();
  definitions["layers"] = {{"type", "array"}, {"items", reference("item")}};
  definitions["item"] = reference("any");
  definitions["item"]["properties"]["name"] = {
      {"description", "of the layer in this list, and in the state dict"},
      {"type", "string"},
      {"pattern", "^[^.]+$"}};
  definitions["item"]["unevaluatedProperties"] = false;
  definitions["layer"] = reference("any");
  definitions["layer"]["unevaluatedProperties"] = false;
  definitions["any"] = model::any_layer_schema(layers);
  for (const LayerDescription& layer : layers)
    definitions[model::definition_of(layer.name)] = model::layer_schema(layer);
  return model::pretty_json(schema);
}

}  // namespace wick::nn
