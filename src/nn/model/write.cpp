// ModelFile::to_json and save: from a module to the text that describes it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/layers.h"
#include "nn/model/option_json.h"
#include "nn/model/pretty_json.h"
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

using nlohmann::ordered_json;

ordered_json layer_json(const Module& module);

/// The keys that a model file may have for a layer, and what they are if it has them not.
struct Defaults : Visitor {
  ordered_json options = ordered_json::object();
  std::vector<std::string> children;

  void option(std::string_view name, Option value) override {
    if (must_be_given(value)) {
      options[std::string(name)];  // null: always written
      give_required(value);
    } else {
      options[std::string(name)] = option_json(name, value);
    }
  }
  void any(std::string_view name, AnyModule&) override { children.emplace_back(name); }
};

/// Writes the fields of one module that a model file has.
struct FieldWriter : Visitor {
  const Defaults& defaults;
  ordered_json& json;

  FieldWriter(const Defaults& d, ordered_json& j) : defaults(d), json(j) {}
  void option(std::string_view name, Option value) override {
    const std::string key(name);
    if (!defaults.options.contains(key)) return;
    ordered_json written = option_json(name, value);
    const ordered_json& usual = defaults.options[key];
    const bool optional_null = usual.is_null() && written.is_null();
    if (!optional_null && (usual.is_null() || written != usual)) json[key] = std::move(written);
  }
  void any(std::string_view name, AnyModule& module) override {
    const auto& wanted = defaults.children;
    if (std::find(wanted.begin(), wanted.end(), name) != wanted.end())
      json[std::string(name)] = layer_json(*module);
  }
  void child(std::string_view, Module&) override {}
  void layers(std::string_view name, std::vector<NamedModule>& modules) override {
    ordered_json list = ordered_json::array();
    for (size_t i = 0; i < modules.size(); ++i) {
      ordered_json item = ordered_json::object();
      if (modules[i].name != std::to_string(i)) item["name"] = modules[i].name;
      item.update(layer_json(*modules[i].module));
      list.push_back(std::move(item));
    }
    json[std::string(name)] = std::move(list);
  }
};

ordered_json repeat_json(const Repeat& repeat) {
  if (repeat.empty()) throw Error("a Repeat of no layers cannot be written to a model file");
  ordered_json json{{"type", "Repeat"}, {"times", repeat.size()}, {"layer", layer_json(repeat[0])}};
  for (const NamedModule& m : repeat)
    if (layer_json(*m.module) != json["layer"])
      throw Error("a Repeat whose layers differ cannot be written to a model file");
  return json;
}

ordered_json layer_json(const Module& module) {
  if (const auto* repeat = dynamic_cast<const Repeat*>(&module)) return repeat_json(*repeat);
  const auto known = detail::find_layer(module.type_name());
  if (!known)
    throw TypeError(
        fmt::format("a {0} cannot be written to a model file: it is not registered; "
                    "nn::register_layer<{0}>() makes it known",
                    module.type_name()));
  Defaults defaults;
  known->make(defaults);
  ordered_json json{{"type", known->name}};
  FieldWriter writer(defaults, json);
  const_cast<Module&>(module).visit(writer);
  return json;
}

/// The dtype of all floating tensors of the module; throws Error if there are several.
DType common_dtype(const Module& module) {
  std::optional<DType> dtype;
  for (const auto& [name, tensor] : module.state_dict()) {
    if (!tensor.is_floating_point()) continue;
    if (dtype && *dtype != tensor.dtype())
      throw Error(
          fmt::format("a module with tensors of {} and {} cannot be written to a model file",
                      *dtype, tensor.dtype()));
    dtype = tensor.dtype();
  }
  return dtype.value_or(float32);
}

ordered_json input_json(const std::vector<InputSize>& input) {
  ordered_json list = ordered_json::array();
  for (const InputSize& size : input)
    list.push_back(size.name.empty() ? ordered_json(size.size) : ordered_json(size.name));
  return list;
}

ordered_json tests_json(const std::vector<ModelTest>& tests) {
  const ModelTest usual;
  ordered_json list = ordered_json::array();
  for (const ModelTest& test : tests) {
    ordered_json item{{"input", test.input}, {"output", test.output}};
    if (test.atol != usual.atol)
      item["atol"] = option_json("atol", const_cast<double*>(&test.atol));
    if (test.rtol != usual.rtol)
      item["rtol"] = option_json("rtol", const_cast<double*>(&test.rtol));
    list.push_back(std::move(item));
  }
  return list;
}

/// The file around `module`; file.model is not looked at.
ordered_json file_json(const Module& module, const ModelFile& file) {
  ordered_json json = ordered_json::object();
  if (!file.schema.empty()) json["$schema"] = file.schema;
  json["version"] = 1;
  if (const DType dtype = common_dtype(module); dtype != float32) json["dtype"] = name(dtype);
  if (file.input) json["input"] = input_json(*file.input);
  if (!file.weights.empty()) json["weights"] = file.weights;
  json["model"] = layer_json(module);
  if (!file.tests.empty()) json["tests"] = tests_json(file.tests);
  if (!file.metadata.empty()) json["metadata"] = ordered_json::parse(file.metadata);
  return json;
}

/// What is the same for two modules that a model file does not tell apart.
std::string fingerprint(const Module& module) {
  std::string text = module.to_string();
  for (const auto& [name, tensor] : module.state_dict())
    text += fmt::format("\n{} {} {}", name, tensor.shape(), tensor.dtype());
  return text;
}

/// Throws unless the text describes the module: a layer may have been changed since it was made.
void require_same(const std::string& text, const Module& module) {
  const DeviceGuard guard(meta);
  const AnyModule read = from_json(text, {.load_weights = false, .run_tests = false});
  if (fingerprint(*read) != fingerprint(module))
    throw Error(
        fmt::format("{} was changed in ways that its options do not tell, so a model file "
                    "cannot describe it; it would be read as\n{}",
                    module.type_name(), read));
}

std::string file_text(const Module& module, const ModelFile& file) {
  std::string text;
  try {
    const DeviceGuard guard(meta);  // layers are made to see their defaults
    text = pretty_json(file_json(module, file));
  } catch (const nlohmann::json::exception& error) {
    throw ValueError(fmt::format("the model cannot be written as JSON: {}", error.what()));
  }
  require_same(text, module);
  return text;
}

void save_file(const Module& module, const ModelFile& file, const std::string& path) {
  const std::string text = file_text(module, file);
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  if (!file.weights.empty()) io::save_state(resolve(directory, file.weights), module.state_dict());
  io::write_file(path, text);
}

}  // namespace
}  // namespace model

std::string ModelFile::to_json() const { return nn::model::file_text(*model, *this); }
void ModelFile::save(const std::string& path) const { nn::model::save_file(*model, *this, path); }

std::string to_json(const Module& module) {
  return model::file_text(module, ModelFile{.model = Identity()});
}

void save(const Module& module, const std::string& path) {
  std::string stem = path.substr(path.rfind('/') + 1);
  if (stem.ends_with(".json")) stem.resize(stem.size() - 5);
  ModelFile file{.model = Identity()};
  if (!module.state_dict().empty()) file.weights = stem + ".safetensors";
  model::save_file(module, file, path);
}

}  // namespace wick::nn
