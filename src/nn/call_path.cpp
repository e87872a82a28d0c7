#include "nn/call_path.h"

#include <fmt/format.h>

#include "wick/format.h"

namespace wick {

/// Where an error has passed through: the innermost module's description, what is known of the
/// cause, and its path from the module that the error left last.
struct detail::CallPath {
  const nn::ModuleBase* last = nullptr;
  std::string who;
  std::string why;  // ": its `weight` is undefined", or nothing
  std::string path;
};

namespace nn {

std::string describe(const ModuleBase& module) {
  struct Features : ConstVisitor {
    std::optional<int64_t> in, out;
    Features() { skips_empty_ = true; }
    void child(std::string_view, const ModuleBase&) override {}
    void option(std::string_view name, Option value) override {
      if (const int64_t* const* n = std::get_if<const int64_t*>(&value)) {
        if (name == "in_features") in = **n;
        if (name == "out_features") out = **n;
      }
    }
  } features;
  module.inspect(features);
  if (!features.in || !features.out) return std::string(module.type_name());
  return fmt::format("{}({} -> {})", module.type_name(), *features.in, *features.out);
}

namespace {

/// Looks for a module in a tree.
struct FindModule : ConstVisitor {
  const ModuleBase* wanted = nullptr;
  std::string path;
  bool found = false;

  void child(std::string_view name, const ModuleBase& module) override {
    if (found) return;
    const size_t size = path.size();
    path.append(size > 0 ? "." : "").append(name);
    found = &module == wanted;
    if (!found) module.inspect(*this);
    if (!found) path.resize(size);
  }
};

}  // namespace

std::string path_to(const ModuleBase& inner, const ModuleBase& outer) {
  FindModule find;
  find.wanted = &inner;
  try {
    outer.inspect(find);
  } catch (const Error&) {  // nested too deep, or moved from: what has been found counts
  }
  return find.found ? find.path : "";
}

namespace {

/// ": its `weight` is undefined" where that is why a tensor was not there.
std::string undefined_parameters(const Error& error, const ModuleBase& module) {
  if (!std::string_view(error.what()).starts_with("expected a tensor but got an undefined one"))
    return "";
  struct Undefined : ConstVisitor {
    std::vector<std::string> names;
    Undefined() { skips_empty_ = true; }
    void parameter(std::string_view name, const Parameter& p) override { buffer(name, p); }
    void buffer(std::string_view name, const Buffer& b) override {
      if (!b.defined()) names.push_back(fmt::format("`{}`", name));
    }
    void child(std::string_view, const ModuleBase&) override {}
  } undefined;
  module.inspect(undefined);
  const auto& names = undefined.names;
  if (names.empty()) return "";
  return fmt::format(": its {} {} undefined", fmt::join(names, ", "),
                     names.size() > 1 ? "are" : "is");
}

/// Paths that are longer are shown by their end.
constexpr size_t longest_path = 300;

}  // namespace

void note_path(Error& error, const ModuleBase& module) {
  auto& path = error.call_path();
  if (!path) {
    path = std::make_shared<wick::detail::CallPath>();
    path->last = &module;
    path->who = describe(module);
    path->why = undefined_parameters(error, module);
    // Some texts name the module by themselves.
    if (!std::string_view(error.what()).starts_with(module.type_name()))
      error.set_context(path->who + path->why);
    return;
  }
  const std::string name = path_to(*path->last, module);
  if (name.empty()) return;
  path->path = path->path.empty() ? name : name + "." + path->path;
  if (path->path.size() > longest_path)
    path->path =
        "..." + path->path.substr(path->path.find('.', path->path.size() - longest_path) + 1);
  path->last = &module;
  error.set_context(fmt::format("{} ({}){}", path->path, path->who, path->why));
}

}  // namespace nn
}  // namespace wick
