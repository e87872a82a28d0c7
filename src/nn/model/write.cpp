// ModelFile::to_json and save: from a module to the text that describes it.
#include <fmt/format.h>

#include <algorithm>

#include "nn/layers.h"
#include "nn/model/option_json.h"
#include "nn/model/pretty_json.h"
#include "nn/model/same.h"
#include "nn/model/weights.h"
#include "wick/format.h"
#include "wick/io/file.h"
#include "wick/io/state.h"
#include "wick/nn/container.h"
#include "wick/nn/linear.h"
#include "wick/nn/model_file.h"

namespace wick::nn {
namespace model {
namespace {

Json layer_json(const ModuleBase& module, int64_t depth);

/// The keys that a model file may have for a layer, and what they are if it has them not.
struct Defaults : Visitor {
  Json options = Json::object();
  std::vector<std::string> children;

  void option(std::string_view name, Option value) override {
    // Null is always written.
    options[name] = must_be_given(value) ? Json() : option_json(name, value);
    give_required(value);
  }
  void any(std::string_view name, AnyModule&) override { children.emplace_back(name); }
};

/// Writes the fields of one module that a model file has.
struct FieldWriter : ConstVisitor {
  const Defaults& defaults;
  Json& json;
  int64_t depth;  // of the objects and arrays around

  FieldWriter(const Defaults& d, Json& j, int64_t around) : defaults(d), json(j), depth(around) {}
  void option(std::string_view name, Option value) override {
    const Json* usual = defaults.options.find(name);
    if (!usual) return;
    Json written = option_json(name, value);
    const bool optional_null = usual->is_null() && written.is_null();
    if (!optional_null && (usual->is_null() || written != *usual)) json[name] = std::move(written);
  }
  void any(std::string_view name, const AnyModule& module) override {
    const auto& wanted = defaults.children;
    if (std::find(wanted.begin(), wanted.end(), name) != wanted.end())
      json[name] = layer_json(*module, depth + 1);
  }
  void child(std::string_view, const ModuleBase&) override {}
  void layers(std::string_view name, const std::vector<NamedModule>& modules) override {
    Json list = Json::array();
    for (size_t i = 0; i < modules.size(); ++i) {
      Json item = Json::object();
      if (modules[i].name != std::to_string(i)) item["name"] = modules[i].name;
      item.append(layer_json(*modules[i].module, depth + 2));
      list.push_back(std::move(item));
    }
    json[name] = std::move(list);
  }
};

Json repeat_json(const Repeat& repeat, int64_t depth) {
  if (repeat.empty()) throw Error("a Repeat of no layers cannot be written to a model file");
  const Json layer = layer_json(repeat[0], depth + 1);
  Json json{{"type", "Repeat"}, {"times", repeat.size()}, {"layer", layer}};
  for (const NamedModule& m : repeat)
    if (layer_json(*m.module, depth + 1) != layer)
      throw Error("a Repeat whose layers differ cannot be written to a model file");
  return json;
}

Json layer_json(const ModuleBase& module, int64_t depth) {
  if (depth >= max_model_nesting)
    throw ValueError(fmt::format(
        "the layers are nested deeper than the limit of {} objects and arrays in a model file",
        max_model_nesting));
  if (const auto* repeat = dynamic_cast<const Repeat*>(&module)) return repeat_json(*repeat, depth);
  const auto known = detail::find_layer(module.type_name());
  if (!known)
    throw TypeError(
        fmt::format("a {0} cannot be written to a model file: it is not registered; "
                    "nn::register_layer<{0}>() makes it known",
                    module.type_name()));
  if (const auto* container = dynamic_cast<const LayerContainer*>(&module))
    container->size();  // throws where its modules were moved out: they would be lost
  Defaults defaults;
  known->make(defaults);
  Json json{{"type", known->name}};
  FieldWriter writer(defaults, json, depth);
  module.inspect(writer);
  return json;
}

/// The dtype of all floating tensors of the module, or `otherwise` if it has none; throws Error if
/// there are several.
DType common_dtype(const ModuleBase& module, DType otherwise) {
  std::optional<DType> dtype;
  for (const auto& [name, tensor] : module.state_dict()) {
    if (!tensor.is_floating_point()) continue;
    if (dtype && *dtype != tensor.dtype())
      throw Error(
          fmt::format("a module with tensors of {} and {} cannot be written to a model file",
                      *dtype, tensor.dtype()));
    dtype = tensor.dtype();
  }
  return dtype.value_or(otherwise);
}

Json input_json(const ModelFile& file) {
  Json list = Json::array();
  for (const InputSize& size : *file.input)
    list.push_back(size.name.empty() ? Json(size.size) : Json(size.name));
  if (!file.input_dtype) return list;
  return {{"shape", std::move(list)}, {"dtype", name(*file.input_dtype)}};
}

Json tests_json(const std::vector<ModelTest>& tests) {
  const ModelTest usual;
  Json list = Json::array();
  for (const ModelTest& test : tests) {
    Json item{{"input", test.input}, {"output", test.output}};
    if (test.atol != usual.atol) item["atol"] = option_json("atol", &test.atol);
    if (test.rtol != usual.rtol) item["rtol"] = option_json("rtol", &test.rtol);
    list.push_back(std::move(item));
  }
  return list;
}

/// Throws ValueError for a path that a system call would read another way than this library.
void check_path(std::string_view what, const std::string& path) {
  if (path.find('\0') != path.npos)
    throw ValueError(fmt::format("{}: the path {} has a NUL in it", what, quoted_name(path)));
}

Json metadata_json(const std::string& text) {
  try {
    return Json::parsed(text);
  } catch (const ModelFileError& error) {
    throw ValueError(fmt::format("the metadata is not JSON: {}", error.what()));
  }
}

/// The file around `module`; file.model is not looked at.
Json file_json(const ModuleBase& module, const ModelFile& file) {
  check_path("weights", file.weights);
  for (const ModelTest& test : file.tests) {
    check_path("tests", test.input);
    check_path("tests", test.output);
  }
  Json layers = layer_json(module, 1);
  Json json = Json::object();
  if (!file.schema.empty()) json["$schema"] = file.schema;
  json["version"] = 1;
  if (const DType dtype = common_dtype(module, file.dtype); dtype != float32)
    json["dtype"] = name(dtype);
  if (file.input) json["input"] = input_json(file);
  if (!file.weights.empty()) json["weights"] = file.weights;
  json["model"] = std::move(layers);
  if (!file.tests.empty()) json["tests"] = tests_json(file.tests);
  if (!file.metadata.empty()) json["metadata"] = metadata_json(file.metadata);
  return json;
}

std::string file_text(const ModuleBase& module, const ModelFile& file) {
  std::string text;
  {
    const DeviceGuard guard(meta);  // layers are made to see their defaults
    text = pretty_json(file_json(module, file));
  }
  require_same(text, module);
  return text;
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash + 1);
}

/// "net" of "models/net.json"
std::string stem_of(const std::string& path) {
  std::string stem = path.substr(path.rfind('/') + 1);
  if (stem.ends_with(".json")) stem.resize(stem.size() - 5);
  return stem;
}

/// Where the weights go, relative to the model file `path`; "" for none. What a file that was read
/// says is only followed to a name in the same folder: it must not choose what is replaced.
std::string weights_path(const ModelFile& file, const std::string& path,
                         const SaveOptions& options) {
  check_path("SaveOptions.weights", options.weights);
  check_path("weights", file.weights);
  if (!options.weights.empty()) return options.weights;
  if (file.weights.find_first_of("/\\:") == file.weights.npos) return file.weights;
  return stem_of(path) + ".safetensors";
}

void save_file(const ModuleBase& module, ModelFile file, const std::string& path,
               const SaveOptions& options) {
  check_path("save", path);
  file.weights = weights_path(file, path, options);
  const std::string text = file_text(module, file);
  if (!file.weights.empty())
    io::save_state(resolve(folder_of(path), file.weights), module.state_dict());
  io::write_file(path, text);
}

/// All but the model, which is not copied.
ModelFile around(const ModelFile& file) {
  ModelFile result{.model = Identity()};
  result.schema = file.schema;
  result.dtype = file.dtype;
  result.input = file.input;
  result.input_dtype = file.input_dtype;
  result.weights = file.weights;
  result.tests = file.tests;
  result.metadata = file.metadata;
  return result;
}

}  // namespace
}  // namespace model

std::string ModelFile::to_json() const { return nn::model::file_text(*model, *this); }
void ModelFile::save(const std::string& path, const SaveOptions& options) const {
  nn::model::save_file(*model, nn::model::around(*this), path, options);
}

std::string to_json(const ModuleBase& module) {
  return model::file_text(module, ModelFile{.model = Identity()});
}

void save(const ModuleBase& module, const std::string& path, const SaveOptions& options) {
  ModelFile file{.model = Identity()};
  if (!module.state_dict().empty()) file.weights = model::stem_of(path) + ".safetensors";
  model::save_file(module, std::move(file), path, options);
}

}  // namespace wick::nn
