// Modules print as PyTorch's.
#include "nn/nesting.h"
#include "nn/python_text.h"
#include "wick/format.h"
#include "wick/nn/module.h"

namespace wick::nn {
namespace {

/// "name=value, name=value" with values as Python writes them.
struct PrintOptionsVisitor : ConstVisitor {
  std::string text;

  void option(std::string_view name, Option value) override {
    text += text.empty() ? "" : ", ";
    text.append(name) += '=';
    std::visit([this](auto* v) { text += repr(*v); }, value);
  }
  static std::string repr(bool v) { return v ? "True" : "False"; }
  static std::string repr(int64_t v) { return std::to_string(v); }
  static std::string repr(double v) { return python_text(v); }
  static std::string repr(const std::string& v) { return "'" + v + "'"; }
  static std::string repr(const Shape& v) { return python_text(v); }
  static std::string repr(DType v) { return std::string(name(v)); }
  static std::string repr(const StringOrShape& v) {
    return std::visit([](const auto& value) { return repr(value); }, v);
  }
  template <class T>
  static std::string repr(const std::vector<T>& v) {
    std::string text = "(";
    for (size_t i = 0; i < v.size(); ++i) text += (i == 0 ? "" : ", ") + repr(v[i]);
    return text + (v.size() == 1 ? ",)" : ")");
  }
  template <class T>
  static std::string repr(const std::optional<T>& v) {
    return v ? repr(*v) : "None";
  }
};

/// `text` with all lines after the first moved two to the right.
std::string indented(const std::string& text) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  return result;
}

std::string assemble(std::string_view type, const std::string& extra,
                     const std::vector<std::string>& children) {
  std::string text(type);
  text += '(';
  if (children.empty() && extra.find('\n') == std::string::npos) return text + extra + ")";
  if (!extra.empty()) text += "\n  " + indented(extra);
  for (const std::string& child : children) text += "\n  " + child;
  return text + "\n)";
}

struct PrintChildren : ConstVisitor {
  std::vector<std::string> lines;

  void child(std::string_view name, const ModuleBase& module) override {
    lines.push_back(fmt::format("({}): {}", name, indented(module.to_string())));
  }
  void list(std::string_view name, std::span<const ModuleBase* const> modules) override {
    PrintChildren items;
    for (size_t i = 0; i < modules.size(); ++i) items.child(std::to_string(i), *modules[i]);
    lines.push_back(
        fmt::format("({}): {}", name, indented(assemble("ModuleList", "", items.lines))));
  }
};

}  // namespace

namespace {
thread_local int64_t depth = 0;  // of printing
}

std::string ModuleBase::extra_repr() const {
  PrintOptionsVisitor options;
  inspect(options);
  return options.text;
}

std::string ModuleBase::to_string() const {
  const NestingScope scope(depth);
  PrintChildren children;
  inspect(children);
  return assemble(type_name(), extra_repr(), children.lines);
}

}  // namespace wick::nn
