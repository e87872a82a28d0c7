#include "nn/model/shapes.h"

#include <map>

#include "nn/layers.h"
#include "nn/near_names.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/nn/container.h"
#include "wick/ops.h"

namespace wick::nn::model {
namespace {

/// What is known of the tensor between two layers.
struct Flow {
  Tensor tensor;                    ///< on meta; undefined if only `features` is known
  std::optional<int64_t> features;  ///< size of the last dimension
  std::string source;               ///< pointer of what gave it that size

  static Flow unknown() { return {}; }
};

/// What a layer says of the last dimensions of its input.
struct Expected : ConstVisitor {
  std::string key;
  Shape tail;

  void option(std::string_view name, Option value) override {
    if (rules().input_dim != -1) return;
    if (const int64_t** n = std::get_if<const int64_t*>(&value)) tail = {**n};
    if (const Shape** shape = std::get_if<const Shape*>(&value)) tail = **shape;
    key = std::string(name);
  }
};

Expected expected_by(const ModuleBase& module) {
  Expected expected;
  module.inspect(expected);
  return expected;
}

/// The options of a type of layer that are the sizes of the last dimension of input and output.
struct LastSizes : Visitor {
  std::string input, output;

  explicit LastSizes(std::string_view type) {
    auto known = detail::find_layer(type);
    if (!known) {  // the one that is probably meant
      std::vector<std::string_view> names;
      for (const detail::KnownLayer& layer : detail::known_layers()) names.push_back(layer.name);
      known = detail::find_layer(nearest_name(type, names));
    }
    try {
      if (known) known->make(*this);
    } catch (const std::exception&) {  // an option has to be given; all have been shown before
    }
  }
  void option(std::string_view name, Option) override {
    if (rules().input_dim == -1) input = std::string(name);
    if (rules().output_dim == -1) output = std::string(name);
  }
  void any(std::string_view, AnyModule&) override { throw Error("a layer has to be given"); }
};

class ShapeCheck {
 public:
  ShapeCheck(DType dtype, Problems& problems) : dtype_(dtype), problems_(problems) {}

  Flow layer(const ModuleBase& module, const Built& built, Flow in) {
    if (const auto* list = dynamic_cast<const LayerContainer*>(&module))
      return in_order(*list, built, std::move(in));
    if (const auto* residual = dynamic_cast<const Residual*>(&module))
      return around(*residual, built, std::move(in));
    if (!built.sound && !stands_for(module, built)) return described(built, in);
    return leaf(module, built, std::move(in));
  }

 private:
  /// True for a layer with a mistake in it that is still of use: it has been built with defaults.
  static bool stands_for(const ModuleBase& module, const Built& built) {
    return built.node->is(JsonValue::Kind::object) && module.type_name() != "Identity";
  }

  Flow in_order(const LayerContainer& list, const Built& built, Flow flow) {
    size_t i = 0;
    for (const NamedModule& m : list) {
      if (i >= built.parts.size()) break;
      flow = layer(*m.module, built.parts[i++], std::move(flow));
    }
    return flow;
  }

  Flow around(const Residual& residual, const Built& built, const Flow& in) {
    if (built.parts.empty()) return Flow::unknown();
    const Built& inner = built.parts[0];
    Flow out = layer(*residual.layer, inner, in);
    const auto differ = [&](const auto& before, const auto& after, std::string_view what) {
      problems_.add(inner.node->begin, inner.pointer,
                    fmt::format("gives {}{}, but Residual adds it to its input of {}{}", after,
                                what, before, what));
      return Flow::unknown();
    };
    if (in.tensor.defined() && out.tensor.defined()) {
      if (in.tensor.shape() != out.tensor.shape())
        return differ(in.tensor.shape(), out.tensor.shape(), "");
    } else if (in.features && out.features && in.features != out.features) {
      return differ(*in.features, *out.features, " features");
    }
    return out;
  }

  /// A layer that could not be built may still say what it expects and gives.
  Flow described(const Built& built, const Flow& in) {
    const auto number = [&](std::string_view key) -> std::optional<int64_t> {
      const JsonMember* member = key.empty() ? nullptr : built.node->find(key);
      if (!member || !member->value.is(JsonValue::Kind::integer)) return std::nullopt;
      return member->value.integer;
    };
    const JsonMember* type = built.node->find("type");
    const LastSizes sizes(type ? type->value.text : "");
    if (const auto wanted = number(sizes.input)) require_features(built, sizes.input, *wanted, in);
    Flow out;
    out.features = number(sizes.output);
    out.source = built.pointer;
    return out;
  }

  /// False, and told, if the layer gets another number of features than it expects.
  bool require_features(const Built& built, std::string_view key, int64_t wanted, const Flow& in) {
    if (!in.features || wanted == *in.features) return true;
    const JsonMember* member = built.node->find(key);
    problems_.add(
        member ? member->value.begin : built.node->begin,
        member ? child_pointer(built.pointer, key) : built.pointer,
        fmt::format("expects {} features but {} gives {}", wanted, in.source, *in.features));
    return false;
  }

  Flow leaf(const ModuleBase& module, const Built& built, Flow in) {
    const Expected expected = expected_by(module);
    const std::optional<int64_t> wanted =
        expected.tail.empty() ? std::nullopt : std::optional(expected.tail.back());
    Flow out;
    bool failed = false;
    if (wanted && !require_features(built, expected.key, *wanted, in)) {
      failed = true;
    } else if (in.tensor.defined()) {
      try {
        const Tensor y = module(in.tensor);
        out.tensor = y;
        if (y.dim() > 0) out.features = y.size(-1);
      } catch (const std::exception& error) {
        std::string_view text = error.what();
        // The place says which layer it is.
        if (const std::string who = fmt::format("{}: ", module.type_name()); text.starts_with(who))
          text.remove_prefix(who.size());
        problems_.add(
            built.node->begin, built.pointer,
            fmt::format("does not take an input of shape {}: {}", in.tensor.shape(), text));
        failed = true;
      }
    }
    // Behind a mistake, and without a shape, the number of features is all there is to follow.
    if (failed || !in.tensor.defined())
      out = features_after(module, expected, failed ? Flow{} : in);
    const bool changes = wanted || out.features != in.features;
    out.source = changes ? built.pointer : in.source;
    return out;
  }

  /// The number of features that the layer gives, if that does not depend on the other dimensions:
  /// it is tried with some.
  Flow features_after(const ModuleBase& module, const Expected& expected, const Flow& in) const {
    Shape tail = expected.tail;
    if (tail.empty() && in.features) tail = {*in.features};
    if (tail.empty()) return Flow::unknown();
    std::optional<int64_t> features;
    for (const Shape& outer : {Shape{}, Shape{2}, Shape{2, 3}, Shape{2, 3, 5}}) {
      Shape shape = outer;
      for (const int64_t size : tail) shape.push_back(size);
      try {
        const Tensor y = module(empty(shape, {.dtype = dtype_, .device = meta}));
        if (y.dim() == 0 || (features && *features != y.size(-1))) return Flow::unknown();
        features = y.size(-1);
      } catch (const std::exception&) {  // not every layer takes every rank
      }
    }
    Flow out;
    out.features = features;
    return out;
  }

  DType dtype_;
  Problems& problems_;
};

}  // namespace

Shape sample_shape(const std::vector<InputSize>& input) {
  constexpr int64_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53};
  std::map<std::string, int64_t> free;
  Shape shape;
  for (const InputSize& size : input) {
    if (size.name.empty()) {
      shape.push_back(size.size);
    } else {
      const auto next = primes[free.size()];  // at most as many as dimensions
      shape.push_back(free.emplace(size.name, next).first->second);
    }
  }
  return shape;
}

void check_shapes(const ModuleBase& model, const Built& built, const ModelFile& file,
                  Problems& problems) {
  const NoGradGuard no_grad;
  Flow in;
  if (file.input) {
    const DType dtype = file.input_dtype.value_or(file.dtype);
    in.tensor = empty(sample_shape(*file.input), {.dtype = dtype, .device = meta});
    if (in.tensor.dim() > 0) in.features = in.tensor.size(-1);
    in.source = "/input";
  }
  ShapeCheck(file.dtype, problems).layer(model, built, std::move(in));
}

}  // namespace wick::nn::model
