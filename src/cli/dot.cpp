#include "cli/dot.h"

#include <fmt/format.h>

#include "cli/output.h"

namespace wick::cli {
namespace {

using Children = std::vector<std::pair<std::string, const nn::ModuleBase*>>;

/// The layers inside, in the order in which forward calls them.
Children in_call_order(const nn::ModuleBase& module) {
  Children children = module.named_children();
  if (module.type_name() == "FeedForward" && children.size() == 4)
    std::swap(children[1], children[2]);  // the dropout is listed before the activation
  return children;
}

/// Draws one model.
class Drawing {
 public:
  explicit Drawing(const DotOptions& options) : options_(options) {}

  std::string text(const nn::ModuleBase& model) {
    const int begin = node("input", "shape=plaintext, style=\"\"", options_.input, 1);
    const int last = add(model, "", "", begin, 1);
    edge(last, node("output", "shape=plaintext, style=\"\"", "", 1));
    return fmt::format(
        "digraph model {{\n"
        "  graph [fontname=\"Helvetica\", fontsize=11, labeljust=l, style=rounded, "
        "color=\"#9aa4b2\"];\n"
        "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#eef3fb\", color=\"#5b7db1\", "
        "fontname=\"Helvetica\", fontsize=11];\n"
        "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#555555\"];\n"
        "{}{}}}\n",
        nodes_, edges_);
  }

 private:
  /// A node whose outgoing arrows carry `shape`.
  int node(const std::string& label, const std::string& attributes, const std::string& shape,
           size_t depth) {
    const int id = static_cast<int>(node_shapes_.size());
    node_shapes_.push_back(shape);
    nodes_ += fmt::format("{}n{} [label={}{}{}];\n", indent(depth), id, dot_quoted(label),
                          attributes.empty() ? "" : ", ", attributes);
    return id;
  }

  void edge(int from, int to, std::string_view attributes = "") {
    const std::string& shape = node_shapes_[static_cast<size_t>(from)];
    std::string list(attributes);
    if (!shape.empty())
      list += fmt::format("{}label={}", list.empty() ? "" : ", ", dot_quoted(" " + shape));
    edges_ += fmt::format("  n{} -> n{}{};\n", from, to, list.empty() ? "" : " [" + list + "]");
  }

  /// Draws `module` behind the node `from`; gives the node that its output comes from.
  int add(const nn::ModuleBase& module, const std::string& name, const std::string& path, int from,
          size_t depth) {
    const Children children = in_call_order(module);
    const std::string title = name.empty()
                                  ? std::string(module.type_name())
                                  : fmt::format("{}: {}", printable(name), module.type_name());
    if (children.empty() || static_cast<int64_t>(depth) > options_.depth) {
      const std::string options = module.extra_repr();
      const int leaf =
          node(options.empty() ? title : title + "\n" + options, "", shape_of(path), depth);
      edge(from, leaf);
      return leaf;
    }
    nodes_ += fmt::format("{}subgraph cluster_{} {{\n{}label={};\n", indent(depth), clusters_++,
                          indent(depth + 1), dot_quoted(title));
    int last = from;
    for (const auto& [child_name, child] : children)
      last = add(*child, child_name, path.empty() ? child_name : path + "." + child_name, last,
                 depth + 1);
    if (module.type_name() == "Residual") {
      const int sum = node("+", "shape=circle", shape_of(path), depth + 1);
      edge(last, sum);
      edge(from, sum, "style=dashed");
      last = sum;
    }
    nodes_ += indent(depth) + "}\n";
    return last;
  }

  static std::string indent(size_t depth) { return std::string(2 * depth, ' '); }
  std::string shape_of(const std::string& path) const {
    const auto shape = options_.outputs.find(path);
    return shape == options_.outputs.end() ? "" : shape->second;
  }

  const DotOptions& options_;
  std::vector<std::string> node_shapes_;
  std::string nodes_;
  std::string edges_;
  int clusters_ = 0;
};

}  // namespace

std::string dot_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : printable_lines(text)) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result + "\"";
}

std::string dot_text(const nn::ModuleBase& model, const DotOptions& options) {
  return Drawing(options).text(model);
}

}  // namespace wick::cli
