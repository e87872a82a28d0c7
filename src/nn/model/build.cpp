#include "nn/model/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nn/layers.h"
#include "nn/model/option_json.h"
#include "nn/model/unknown.h"
#include "nn/near_names.h"
#include "wick/format.h"
#include "wick/nn/container.h"
#include "wick/nn/linear.h"
#include "wick/nn/model_file.h"
#include "wick/ops.h"

namespace wick::nn::model {
namespace {

using Kind = JsonValue::Kind;

/// What the layers of one file share.
class Builder {
 public:
  Builder(std::string_view source, Problems& found) : text(source), problems(found) {}

  Built layer(const JsonValue& node, std::string pointer, bool in_list);
  Built list(const JsonValue& node, std::string pointer);
  std::vector<NamedModule> items(const JsonValue& array, const std::string& pointer, Built& owner);

  /// True when there were more layers than may be; then none is built any more.
  bool cut_off() const { return layers_ > max_model_layers; }

  std::string_view text;
  Problems& problems;

 private:
  const JsonMember* type_of(const JsonValue& node, const std::string& pointer);
  bool count_layer(const Built& built);
  void count_parameters(const Built& built);
  std::string item_name(const JsonValue& item, const std::string& pointer, size_t index);

  int64_t layers_ = 0;
  int64_t parameters_ = 0;
};

/// Fills the options of one layer from the members of its object.
class OptionReader : public Visitor {
 public:
  OptionReader(Builder& builder, const JsonValue& node, Built& built, bool in_list)
      : builder_(builder), node_(node), built_(built), before_(builder.problems.count()) {
    known_ = {"type", "$comment"};
    if (in_list) known_.insert(known_.begin() + 1, "name");
  }

  void option(std::string_view name, Option value) override {
    const JsonMember* member = find(name);
    if (!member) {
      if (must_be_given(value)) missing_.emplace_back(std::string(name), type_text(value));
      return;
    }
    std::string expected = read_option(member->value, value);
    if (expected.empty()) return;
    const std::string found = shown(member->value, builder_.text);
    Problem problem;
    problem.message = fmt::format("{}, got {}", expected, found);
    problem.expected = std::move(expected);
    problem.found = found;
    builder_.problems.add(member->value.begin, child_pointer(built_.pointer, name),
                          std::move(problem));
    built_.sound = false;
  }

  void any(std::string_view name, AnyModule& module) override {
    // A Repeat asks for its layer many times: what is wrong with it need not be told again.
    if (is_known(name) && (!node_.find(name) || builder_.problems.count() > before_))
      throw Error("there is a mistake in the layer");
    const JsonMember* member = find(name);
    if (!member) {
      missing_.emplace_back(std::string(name), "a layer");
      return;
    }
    built_.parts.push_back(
        builder_.layer(member->value, child_pointer(built_.pointer, name), false));
    module = std::move(built_.parts.back().module);
  }

  void layers(std::string_view name, std::vector<NamedModule>& modules) override {
    const JsonMember* member = find(name);
    if (!member)
      missing_.emplace_back(std::string(name), "a list of layers");
    else
      modules = builder_.items(member->value, child_pointer(built_.pointer, name), built_);
  }

  /// Tells of keys that are not there and of keys that nobody asked for.
  void finish() {
    std::vector<std::string> suggested;
    for (const JsonMember& member : node_.members) {
      if (is_known(member.key)) continue;
      if (!missing_.empty() && suggested.size() < most_problems_shown)
        suggested.push_back(nearest_name(member.key, known_));
      built_.sound = false;
    }
    for (const auto& [name, type] : missing_) {
      built_.sound = false;
      // A key that was misspelt is told once, as an unknown one.
      if (std::find(suggested.begin(), suggested.end(), name) != suggested.end()) continue;
      Problem problem;
      problem.message = fmt::format("missing key \"{}\" ({})", name, type);
      problem.expected = type;
      builder_.problems.add(node_.begin, built_.pointer, std::move(problem));
    }
    report_unknown_keys(node_, built_.pointer, known_, builder_.problems);
  }

  /// Tells of a value that the constructor refused.
  void refuse(const std::exception& error) {
    built_.sound = false;
    const auto* option = dynamic_cast<const OptionError*>(&error);
    const JsonMember* member = option ? node_.find(option->option()) : nullptr;
    Problem problem;
    problem.message = error.what();
    if (!member) return builder_.problems.add(node_.begin, built_.pointer, std::move(problem));
    problem.found = shown(member->value, builder_.text);
    problem.expected = option->expectation();
    problem.valid = option->choices;
    if (member->value.is(Kind::string))
      problem.suggestion = nearest_name(member->value.text, option->choices);
    if (!problem.expected.empty())
      problem.message = fmt::format("{}, got {}", problem.expected, problem.found);
    constexpr size_t few = 3;  // names that one sees at a glance
    if (!problem.suggestion.empty() && option->choices.size() > few)
      problem.message += fmt::format("; did you mean \"{}\"?", problem.suggestion);
    builder_.problems.add(member->value.begin, child_pointer(built_.pointer, member->key),
                          std::move(problem));
  }

 private:
  const JsonMember* find(std::string_view name) {
    if (!is_known(name)) known_.emplace_back(name);
    return node_.find(name);
  }
  bool is_known(std::string_view name) const {
    return std::find(known_.begin(), known_.end(), name) != known_.end();
  }

  Builder& builder_;
  const JsonValue& node_;
  Built& built_;
  size_t before_;  // problems that were there before this layer
  std::vector<std::string> known_;
  std::vector<std::pair<std::string, std::string>> missing_;
};

/// A layer of that type with its defaults, if it has defaults for all; it stands for one with
/// mistakes while shapes are checked.
std::optional<AnyModule> default_layer(std::string_view type) {
  struct NoChildren : Visitor {
    bool none = true;
    void any(std::string_view, AnyModule&) override { none = false; }
    void layers(std::string_view, std::vector<NamedModule>&) override { none = false; }
  } visitor;
  try {
    if (const auto known = detail::find_layer(type)) {
      AnyModule module = known->make(visitor);
      if (visitor.none) return module;
    }
  } catch (const std::exception&) {  // some option has to be given
  }
  return std::nullopt;
}

const JsonMember* Builder::type_of(const JsonValue& node, const std::string& pointer) {
  if (!node.is(Kind::object)) {
    problems.add(
        node.begin, pointer,
        fmt::format("must be a layer, such as {{\"type\": \"GELU\"}}, got {}", shown(node, text)));
    return nullptr;
  }
  const JsonMember* type = node.find("type");
  if (!type) {
    const std::vector<std::string> known{"type"};
    for (const JsonMember& member : node.members)
      if (!nearest_name(member.key, known).empty()) {
        problems.add(
            member.begin, child_pointer(pointer, member.key),
            fmt::format("unknown key {}; did you mean \"type\"?", quoted_name(member.key)));
        return nullptr;
      }
    problems.add(node.begin, pointer, "missing key \"type\" (the name of a layer)");
    return nullptr;
  }
  if (!type->value.is(Kind::string)) {
    problems.add(type->value.begin, child_pointer(pointer, "type"),
                 fmt::format("must be the name of a layer, got {}", shown(type->value, text)));
    return nullptr;
  }
  return type;
}

bool Builder::count_layer(const Built& built) {
  if (++layers_ <= max_model_layers) return true;
  if (layers_ == max_model_layers + 1)
    problems.add(built.node->begin, built.pointer,
                 fmt::format("the model has more layers than the limit of {}", max_model_layers));
  return false;
}

void Builder::count_parameters(const Built& built) {
  if (!built.parts.empty() || parameters_ > max_model_parameters) return;
  for (const Tensor& p : built.module->parameters())
    parameters_ =
        std::min(parameters_, max_model_parameters) + std::min(p.numel(), max_model_parameters + 1);
  if (parameters_ > max_model_parameters)
    problems.add(built.node->begin, built.pointer,
                 fmt::format("with this layer the model has more parameters than the limit of {}",
                             max_model_parameters));
}

Built Builder::layer(const JsonValue& node, std::string pointer, bool in_list) {
  Built built{&node, std::move(pointer), Identity(), {}, true, false};
  if (!count_layer(built)) return built;
  const JsonMember* type = type_of(node, built.pointer);
  built.sound = type != nullptr;
  if (!type) return built;
  const auto known = detail::find_layer(type->value.text);
  if (!known) {
    built.sound = false;
    const std::string near =
        report_unknown_layer(type->value, child_pointer(built.pointer, "type"), text, problems);
    if (const auto guess = default_layer(near)) built.module = *guess;
    return built;
  }
  const size_t before = problems.count();
  OptionReader reader(*this, node, built, in_list);
  try {
    AnyModule module = known->make(reader);
    reader.finish();
    built.module = std::move(module);
  } catch (const std::exception& error) {
    reader.finish();
    // What follows from a mistake that was told is not told again.
    if (problems.count() == before && built.sound) reader.refuse(error);
    built.sound = false;
  }
  if (!built.sound && built.parts.empty())
    if (const auto guess = default_layer(known->name)) built.module = *guess;
  count_parameters(built);
  return built;
}

std::string Builder::item_name(const JsonValue& item, const std::string& pointer, size_t index) {
  const JsonMember* name = item.is(Kind::object) ? item.find("name") : nullptr;
  if (!name) return std::to_string(index);
  const JsonValue& value = name->value;
  const auto refuse = [&](std::string_view expected) {
    problems.add(value.begin, child_pointer(pointer, "name"),
                 fmt::format("must be {}, got {}", expected, shown(value, text)));
    return std::to_string(index);
  };
  if (!value.is(Kind::string)) return refuse("a string");
  if (value.text.empty()) return refuse("a name of at least one letter");
  if (value.text.find('.') != std::string::npos)
    return refuse("a name without dots, which separate the names of nested layers");
  return value.text;
}

std::vector<NamedModule> Builder::items(const JsonValue& array, const std::string& pointer,
                                        Built& owner) {
  std::vector<NamedModule> result;
  if (!array.is(Kind::array)) {
    problems.add(array.begin, pointer,
                 fmt::format("must be a list of layers, got {}", shown(array, text)));
    owner.sound = false;
    return result;
  }
  // Ordered, not hashed: nobody can choose names that make this slow.
  std::map<std::string, std::string> taken;  // name, pointer of who has it
  for (size_t i = 0; i < array.items.size() && !cut_off(); ++i) {
    const JsonValue& item = array.items[i];
    Built built = layer(item, child_pointer(pointer, i), true);
    std::string name = item_name(item, built.pointer, i);
    const auto [other, is_new] = taken.emplace(name, built.pointer);
    if (!is_new) {
      const JsonMember* written = item.find("name");
      problems.add(written ? written->value.begin : item.begin,
                   written ? child_pointer(built.pointer, "name") : built.pointer,
                   fmt::format("the name {} is taken by {}", quoted_name(name), other->second));
      name = fmt::format("{}#{}", name, i);  // never seen: the file is refused
    }
    result.push_back({std::move(name), std::move(built.module)});
    owner.parts.push_back(std::move(built));
  }
  return result;
}

Built Builder::list(const JsonValue& node, std::string pointer) {
  Built built{&node, std::move(pointer), Identity(), {}, true, false};
  built.module = detail::sequential_of(items(node, built.pointer, built));
  return built;
}

}  // namespace

Built build_layer(const JsonValue& node, std::string pointer, std::string_view text,
                  Problems& problems) {
  Builder builder(text, problems);
  Built built = builder.layer(node, std::move(pointer), false);
  built.cut_off = builder.cut_off();
  return built;
}

Built build_list(const JsonValue& array, std::string pointer, std::string_view text,
                 Problems& problems) {
  Builder builder(text, problems);
  Built built = builder.list(array, std::move(pointer));
  built.cut_off = builder.cut_off();
  return built;
}

}  // namespace wick::nn::model
