// Every layer in the table of layers, in the same ways: a new layer is tested by being listed.
#include "nn/layers.h"

#include <algorithm>

#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

/// Counts the options it is shown, and gives those that must be given.
struct CountOptions : nn::Visitor {
  int count = 0;
  void option(std::string_view, Option value) override {
    ++count;
    if (int64_t** n = std::get_if<int64_t*>(&value); n && **n == nn::required) **n = 1;
    if (wick::Shape** shape = std::get_if<wick::Shape*>(&value); shape && (*shape)->empty())
      **shape = {1};
  }
};

Tensor input_of(const nn::detail::LayerType& type) {
  wick::manual_seed(1);
  return wick::randn(type.input);
}

}  // namespace

TEST_CASE("the table of layers is sorted and has no duplicates", "[layers]") {
  const auto types = nn::detail::layer_types();
  CHECK(types.size() >= 14);
  for (size_t i = 1; i < types.size(); ++i) CHECK(types[i - 1].name < types[i].name);
}

TEST_CASE("every layer is built from options, and carries its name", "[layers]") {
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    CountOptions options;
    const nn::AnyModule built = type.make(options);
    CHECK(built->type_name() == type.name);
    CHECK(type.example()->type_name() == type.name);
    CHECK(built.to_string().starts_with(std::string(type.name) + "("));
  }
}

TEST_CASE("layers are found by name, without reading the whole table", "[layers]") {
  const auto types = nn::detail::layer_types();
  CHECK(std::is_sorted(types.begin(), types.end(),
                       [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const nn::detail::LayerType& type : types) {
    INFO(type.name);
    const auto found = nn::detail::find_layer(type.name);
    REQUIRE(found);
    CHECK(found->make == type.make);
    CHECK(found->name.data() == type.name.data());
  }
  CHECK_FALSE(nn::detail::find_layer(""));
  CHECK_FALSE(nn::detail::find_layer("Linea"));
  CHECK_FALSE(nn::detail::find_layer("Zzz"));
}

TEST_CASE("every layer gives the shape on the meta device that it gives on the cpu", "[layers]") {
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    nn::AnyModule layer = type.example();
    const Tensor y = layer(input_of(type));
    layer->to(wick::meta);
    const Tensor shape_only = layer(wick::empty(type.input, {.device = wick::meta}));
    CHECK(shape_only.is_meta());
    CHECK(shape_only.shape() == y.shape());
    CHECK(shape_only.dtype() == y.dtype());
  }
}

TEST_CASE("every layer lists its parameters", "[layers]") {
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    nn::check_fields(*type.example(), input_of(type));
  }
}

TEST_CASE("every layer is a value", "[layers]") {
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    nn::AnyModule layer = type.example();
    layer->eval();
    const Tensor x = input_of(type);
    const Tensor y = layer(x);
    const nn::AnyModule copy = layer;
    CHECK(equal(copy(x), y));
    for (const auto& [name, p] : copy->named_parameters())
      CHECK_FALSE(p.shares_storage(layer->get_parameter(name)));
    nn::AnyModule other = type.example();
    other->eval();
    other->load_state_dict(layer->state_dict());
    CHECK(equal(other(x), y));
    const nn::AnyModule moved = std::move(layer);
    CHECK(equal(moved(x), y));
  }
}

TEST_CASE("every layer gives the same bits for any number of threads and any layout", "[layers]") {
  const int threads = wick::get_num_threads();
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    const nn::AnyModule layer = type.example();
    const Tensor x = input_of(type);
    layer->to_string();
    wick::manual_seed(2);
    wick::set_num_threads(1);
    const Tensor alone = layer(x);
    wick::manual_seed(2);
    wick::set_num_threads(3);
    const Tensor together = layer(x);
    wick::set_num_threads(threads);
    CHECK(equal(alone, together));
    wick::manual_seed(2);
    const Tensor strided = layer(x.transpose(0, 1).contiguous().transpose(0, 1));
    CHECK(equal(alone, strided));
  }
}

TEST_CASE("every layer takes empty batches", "[layers]") {
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    const nn::AnyModule layer = type.example();
    wick::Shape shape = type.input;
    const int64_t before = layer(wick::zeros(shape)).numel();
    shape[0] = 0;
    CHECK(before > 0);
    CHECK(layer(wick::zeros(shape)).numel() == 0);
  }
}

TEST_CASE("every layer throws wick::Error for an undefined input", "[layers][errors]") {
  for (const nn::detail::LayerType& type : nn::detail::layer_types()) {
    INFO(type.name);
    if (type.name == "Identity") continue;
    CHECK_THROWS_AS(type.example()(Tensor()), wick::Error);
  }
}
