#include "wick/nn/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "nn/call_observer.h"
#include "text/utf8.h"
#include "wick/autograd.h"
#include "wick/flop_counter.h"
#include "wick/format.h"
#include "wick/ops.h"

namespace wick::nn {
namespace {

int64_t bytes_of(const Tensor& t) {
  return t.numel() * static_cast<int64_t>(element_size(t.dtype()));
}

/// Of those that are defined.
std::vector<Shape> shapes_of(TensorRefs tensors) {
  std::vector<Shape> shapes;
  for (const Tensor& t : tensors)
    if (t.defined()) shapes.push_back(t.shape());
  return shapes;
}

std::optional<Shape> first_of(const std::vector<Shape>& shapes) {
  return shapes.empty() ? std::nullopt : std::optional(shapes.front());
}

/// "[2, 3], [4]"
std::string text_of(const std::vector<Shape>& shapes) {
  return fmt::format("{}", fmt::join(shapes, ", "));
}

/// Notes the shapes and the arithmetic of every call.
class Watch : public CallObserver {
 public:
  struct Calls {
    bool any = false;
    std::vector<Shape> inputs;
    std::vector<Shape> outputs;
    int64_t multiply_adds = 0;
    int64_t bytes = 0;
  };
  std::unordered_map<const ModuleBase*, Calls> calls;

  void enter(const ModuleBase&, TensorRefs) override { open_.emplace_back(); }
  void leave(const ModuleBase& module, TensorRefs inputs, TensorRefs outputs) override {
    Calls& call = calls[&module];
    call.any = true;
    call.inputs = shapes_of(inputs);
    call.outputs = shapes_of(outputs);
    call.multiply_adds += open_.back().multiply_adds();
    for (const Tensor& y : outputs)
      if (y.defined()) call.bytes += bytes_of(y);
    open_.pop_back();
  }

 private:
  std::vector<FlopCounter> open_;
};

/// The number of elements of a module's own parameters.
struct OwnParameters : ConstVisitor {
  int64_t count = 0;
  void parameter(std::string_view, const Parameter& p) override {
    if (p.defined()) count += p.numel();
  }
};

int64_t own_parameters(const ModuleBase& module) {
  OwnParameters own;
  module.inspect(own);
  return own.count;
}

/// A row for each module of the tree, and for each std::vector of them, which is a ModuleList.
class Rows : public ConstVisitor {
 public:
  Rows(Watch& watch, Summary& summary) : watch_(watch), summary_(summary) {}

  void add(const std::string& name, const ModuleBase& module) {
    const Watch::Calls& calls = watch_.calls[&module];
    Summary::Row row;
    row.name = name;
    row.type = std::string(module.type_name());
    row.inputs = calls.inputs;
    row.outputs = calls.outputs;
    row.input = first_of(calls.inputs);
    row.output = first_of(calls.outputs);
    row.used = calls.any;
    row.parameters = own_parameters(module);
    row.multiply_adds = calls.multiply_adds;
    row.has_layers = !module.named_children().empty();
    if (!row.has_layers) summary_.activation_bytes += calls.bytes;
    add_with_inner(std::move(row), [&] { module.inspect(*this); });
  }
  void child(std::string_view name, const ModuleBase& module) override { add(full(name), module); }
  void list(std::string_view name, std::span<const ModuleBase* const> modules) override {
    Summary::Row row;
    row.name = full(name);
    row.type = "ModuleList";
    row.has_layers = !modules.empty();
    add_with_inner(std::move(row), [&] {
      for (size_t i = 0; i < modules.size(); ++i) child(std::to_string(i), *modules[i]);
    });
  }

 private:
  std::string full(std::string_view name) const {
    return prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
  }
  template <class F>
  void add_with_inner(Summary::Row row, F&& add_inner) {
    const size_t at = summary_.rows.size();
    const std::string before = std::exchange(prefix_, row.name);
    row.depth = depth_++;
    summary_.rows.push_back(std::move(row));
    add_inner();
    --depth_;
    prefix_ = before;
    for (size_t i = at + 1; i < summary_.rows.size() && !summary_.rows[at].used; ++i)
      summary_.rows[at].used = summary_.rows[i].used;
  }

  Watch& watch_;
  Summary& summary_;
  std::string prefix_;
  int64_t depth_ = 0;
};

/// "1,050,624"
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

std::string megabytes(int64_t bytes) {
  return fmt::format("{:.2f}", static_cast<double>(bytes) / 1e6);
}

/// "Total mult-adds (G): 6.71"
std::string with_unit(int64_t number) {
  const auto value = static_cast<double>(number);
  if (value >= 1e12) return fmt::format(" (T): {:.2f}", value / 1e12);
  if (value >= 1e9) return fmt::format(" (G): {:.2f}", value / 1e9);
  if (value >= 1e6) return fmt::format(" (M): {:.2f}", value / 1e6);
  return ": " + grouped(number);
}

/// One line of the table: the tree, and the columns beside it.
struct Line {
  std::string tree;
  std::string inputs;
  std::string outputs;
  std::string parameters;
  std::string multiply_adds;
};

std::string padded(const std::string& text, size_t width) {
  return text + std::string(width - utf8::length(text), ' ');
}

std::vector<Line> lines_of(const std::vector<Summary::Row>& rows) {
  std::vector<Line> lines;
  std::unordered_map<int64_t, int64_t> numbers;  // at each depth, how many there were
  for (const Summary::Row& row : rows) {
    Line line;
    for (int64_t d = 1; d < row.depth; ++d) line.tree += "│    ";
    if (row.depth > 0) line.tree += row.depth == 1 ? "├─" : "└─";  // as torchinfo draws it
    line.tree += row.type;
    if (row.depth > 0) {
      const std::string name = row.name.substr(row.name.rfind('.') + 1);
      line.tree += fmt::format(" ({}): {}-{}", name, row.depth, ++numbers[row.depth]);
    }
    line.inputs = row.inputs.empty() ? "--" : text_of(row.inputs);
    line.outputs = !row.outputs.empty() ? text_of(row.outputs) : row.used ? "--" : "not called";
    line.parameters = row.parameters > 0 ? grouped(row.parameters) : "--";
    line.multiply_adds =
        row.multiply_adds > 0 && !row.has_layers ? grouped(row.multiply_adds) : "--";
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

Summary summary(const ModuleBase& module, const Shape& input, DType dtype) {
  return detail::summary_of(module, {empty(input, {.dtype = dtype, .device = meta})});
}

Summary detail::summary_of(const ModuleBase& module, const std::vector<Tensor>& inputs) {
  const NoGradGuard no_grad;
  const DeviceGuard on_meta(meta);
  Watch watch;
  std::vector<Tensor> on_meta_inputs;
  for (const Tensor& x : inputs) on_meta_inputs.push_back(x.defined() ? x.to(meta) : x);
  module.call(on_meta_inputs);

  Summary result;
  for (const Tensor& x : inputs)
    if (x.defined()) result.input_bytes += bytes_of(x);
  result.multiply_adds = watch.calls[&module].multiply_adds;
  Rows(watch, result).add("", module);
  std::unordered_set<const void*> seen;
  const auto count = [&](const Tensor& t, int64_t& numbers) {
    if (!seen.insert(&t.impl()).second) return;
    numbers += t.numel();
    result.weight_bytes += bytes_of(t);
    if (t.requires_grad()) result.trainable += t.numel();
  };
  for (const auto& [name, p] : module.named_parameters()) count(p, result.parameters);
  for (const auto& [name, b] : module.named_buffers()) count(b, result.buffers);
  return result;
}

std::string Summary::to_string() const {
  const Line head{"Layer (type (name):depth-index)", "Input Shape", "Output Shape", "Param #",
                  "Mult-Adds"};
  const std::vector<Line> lines = lines_of(rows);
  const bool several =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.inputs.size() > 1; });
  size_t tree = head.tree.size(), inputs = head.inputs.size(), outputs = head.outputs.size();
  size_t numbers = head.parameters.size(), adds = head.multiply_adds.size();
  for (const Line& line : lines) {
    tree = std::max(tree, utf8::length(line.tree));
    inputs = std::max(inputs, line.inputs.size());
    outputs = std::max(outputs, line.outputs.size());
    numbers = std::max(numbers, line.parameters.size());
    adds = std::max(adds, line.multiply_adds.size());
  }
  constexpr size_t gap = 4;
  inputs = several ? inputs + gap : 0;  // where all have one, it is the output above
  const std::string rule(tree + inputs + outputs + numbers + adds + 3 * gap, '=');
  std::string text = rule + "\n";
  const auto add = [&](const Line& line) {
    text += fmt::format("{}{}{}{:>{}}{:>{}}\n", padded(line.tree, tree + gap),
                        several ? padded(line.inputs, inputs) : "", padded(line.outputs, outputs),
                        line.parameters, numbers + gap, line.multiply_adds, adds + gap);
  };
  add(head);
  text += rule + "\n";
  for (const Line& line : lines) add(line);
  text += rule + "\n";
  text += fmt::format("Total params: {}\nTrainable params: {}\nNon-trainable params: {}\n",
                      grouped(parameters), grouped(trainable), grouped(parameters - trainable));
  text += fmt::format("Total mult-adds{}\n{}\n", with_unit(multiply_adds), rule);
  text += fmt::format("Input size (MB): {}\nForward pass size (MB): {}\nParams size (MB): {}\n",
                      megabytes(input_bytes), megabytes(activation_bytes), megabytes(weight_bytes));
  text += fmt::format("Estimated Total Size (MB): {}\n",
                      megabytes(input_bytes + activation_bytes + weight_bytes));
  return text + rule;
}

}  // namespace wick::nn
