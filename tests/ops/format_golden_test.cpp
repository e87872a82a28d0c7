// Printing against PyTorch's texts: golden/printing.json and golden/printing_random.json.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "golden_path.h"
#include "wick/format.h"
#include "wick/ops.h"

using namespace wick;
using nlohmann::json;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// Options for one test; the defaults come back at its end.
struct WithOptions {
  explicit WithOptions(const PrintOptions& options) { set_printoptions(options); }
  ~WithOptions() { set_printoptions({}); }
  WithOptions(const WithOptions&) = delete;
  WithOptions& operator=(const WithOptions&) = delete;
};

json read_golden(const std::string& name) {
  std::ifstream file(golden_path(name));
  REQUIRE(file.good());
  return json::parse(file);
}

std::string without_torch(std::string text) {
  for (size_t at; (at = text.find("torch.")) != std::string::npos;) text.erase(at, 6);
  return text;
}

std::string streamed(const auto& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

Tensor values(const std::vector<float>& v, bool requires_grad = false) {
  return tensor(v, {.requires_grad = requires_grad});
}

/// How each case of printing.json is made, by its name. The case "Parameter" is one for nn.
const std::map<std::string, std::function<Tensor()>>& builders() {
  static const std::map<std::string, std::function<Tensor()>> all = {
      {"tensor([-2.,-1.,0.,1.,2.])",
       [] {
         return values({-2, -1, 0, 1, 2});
       }},
      {"gelu([-2,-1,0,1,2])",
       [] {
         return gelu(values({-2, -1, 0, 1, 2}));
       }},
      {"0-dim float", [] { return tensor(3.14159); }},
      {"0-dim float integer-valued", [] { return tensor(3.0); }},
      {"0-dim bool", [] { return tensor(true); }},
      {"int vector mixed width",
       [] {
         return tensor({1, -20, 300});
       }},
      {"bool vector",
       [] {
         return tensor({true, false});
       }},
      {"empty (0,)", [] { return empty({0}); }},
      {"empty int64", [] { return empty({0}, int64); }},
      {"empty (2,0) int32",
       [] {
         return empty({2, 0}, int32);
       }},
      {"nan/inf with fractional",
       [] {
         return values({not_a_number, infinity, -infinity, 1.5F});
       }},
      {"nan/inf with integral",
       [] {
         return values({not_a_number, infinity, -infinity, 1});
       }},
      {"only zeros", [] { return zeros({3}); }},
      {"negative zero",
       [] {
         return values({-0.0F, 0.0F});
       }},
      {"-0.0 with fractions",
       [] {
         return values({-0.0F, 0.5F});
       }},
      {"sci by ratio >1000",
       [] {
         return values({0.001F, 1.5F});
       }},
      {"ratio exactly 1000 frac",
       [] {
         return values({0.125F, 125});
       }},
      {"ratio 1000.8",
       [] {
         return values({0.125F, 125.1F});
       }},
      {"sci by min<1e-4",
       [] {
         return values({0.00005F, 0.00006F});
       }},
      {"1e-4 f32",
       [] {
         return values({1e-4F, 1.1e-4F});
       }},
      {"int_mode max==1e8", [] { return values({1e8F}); }},
      {"int_mode max>1e8", [] { return values({1.1e8F}); }},
      {"int_mode ratio>1000",
       [] {
         return values({1, 2000});
       }},
      {"int_mode ratio<=1000",
       [] {
         return values({1, 1000});
       }},
      {"rounding half even? 0.00005",
       [] {
         return values({0.12345F, 0.5F, 2.00005F});
       }},
      {"float64",
       [] {
         return tensor({1.5, 2.5}, float64);
       }},
      {"float16",
       [] {
         return tensor({1.5, 2.5}, float16);
       }},
      {"int32",
       [] {
         return tensor({1, 2}, int32);
       }},
      {"requires_grad",
       [] {
         return values({1, 2}, true);
       }},
      {"grad_fn add",
       [] {
         return values({1, 2}, true) + 1;
       }},
      {"grad_fn gelu",
       [] {
         return gelu(values({1, 2}, true));
       }},
      {"grad_fn linear",
       [] {
         return linear(ones({1, 2}, {.requires_grad = true}), ones({2, 2}), ones({2}));
       }},
      {"2x2",
       [] {
         return tensor({{1., 2.}, {3., 4.5}});
       }},
      {"2x3x2",
       [] {
         return arange(12.).reshape({2, 3, 2});
       }},
      {"4-dim",
       [] {
         return arange(16).reshape({2, 2, 2, 2});
       }},
      {"line wrap int 40", [] { return arange(40); }},
      {"wrap 2d row of 15",
       [] {
         return arange(30.).reshape({2, 15}) / 7;
       }},
      {"summarise 1001", [] { return arange(1001); }},
      {"summarise 1001 f", [] { return arange(1001.); }},
      {"summarise 100x100",
       [] {
         return arange(10000.).reshape({100, 100});
       }},
      {"summarise 3x1000",
       [] {
         return arange(3000).reshape({3, 1000});
       }},
      {"summarise 1000x2",
       [] {
         return arange(2000).reshape({1000, 2});
       }},
      {"summarise 11x10x10",
       [] {
         return arange(1100).reshape({11, 10, 10});
       }},
      {"requires_grad long last line2", [] { return (arange(18.) / 7).requires_grad_(); }},
      {"grad_fn+dtype wrap",
       [] { return (arange(0, 7, 1, {.dtype = float64}) / 7).requires_grad_() * 1; }},
      {"shape 1x1",
       [] {
         return ones({1, 1});
       }},
      {"view noncontig",
       [] {
         return arange(6).reshape({2, 3}).t();
       }},
      {"0-dim big int float", [] { return tensor(123456789.); }},
      {"0-dim nan", [] { return tensor(not_a_number); }},
      {"0-dim inf", [] { return tensor(-infinity); }},
      {"int64 min",
       [] {
         return tensor(std::vector<int64_t>{std::numeric_limits<int64_t>::min(), 1});
       }},
      {"max f32", [] { return values({std::numeric_limits<float>::max()}); }},
      {"1.9999999", [] { return values({1.9999999F}); }},
      {"99999.5",
       [] {
         return values({99999.5F, 100.25F});
       }},
  };
  return all;
}

DType dtype_named(const std::string& wanted) {
  for (int i = 0; i < dtype_count; ++i)
    if (name(static_cast<DType>(i)) == wanted) return static_cast<DType>(i);
  throw ValueError("no such dtype: " + wanted);
}

/// A tensor of an entry of printing_random.json.
Tensor build(const json& entry) {
  const Shape shape(entry["shape"].get<std::vector<int64_t>>());
  const DType dtype = dtype_named(entry["dtype"]);
  const bool requires_grad = entry.value("requires_grad", false);
  if (entry.value("meta", false))
    return empty(shape, {.dtype = dtype, .device = meta, .requires_grad = requires_grad});
  Tensor flat;
  if (is_floating_point(dtype)) {
    std::vector<double> numbers;
    for (const json& v : entry["values"])
      numbers.push_back(std::strtod(v.get<std::string>().c_str(), nullptr));
    flat = tensor(numbers);
  } else {
    flat = tensor(entry["values"].get<std::vector<int64_t>>());
  }
  const Tensor t = flat.to(dtype).reshape(shape).clone();
  return requires_grad ? t.requires_grad_() : t;
}

PrintOptions options_of(const json& entry) {
  const json given = entry.value("options", json::object());
  PrintOptions options;
  options.precision = given.value("precision", options.precision);
  options.threshold = given.value("threshold", options.threshold);
  options.edgeitems = given.value("edgeitems", options.edgeitems);
  options.linewidth = given.value("linewidth", options.linewidth);
  if (given.contains("sci_mode")) options.sci_mode = given["sci_mode"].get<bool>();
  return options;
}

}  // namespace

TEST_CASE("tensors print as in PyTorch: the golden cases") {
  const json golden = read_golden("printing.json");
  for (const json& entry : golden["cases"]) {
    const std::string name = entry["case"];
    if (name == "Parameter") continue;  // tests/nn
    CAPTURE(name);
    const auto builder = builders().find(name);
    REQUIRE(builder != builders().end());
    const Tensor t = builder->second();
    const std::string expected = without_torch(entry["text"]);
    CHECK(fmt::format("{}", t) == expected);
    CHECK(streamed(t) == expected);
    CHECK(t.to_string() == expected);
  }
}

TEST_CASE("tensors print as in PyTorch: random tensors and options") {
  const json golden = read_golden("printing_random.json");
  REQUIRE(golden["cases"].size() > 150);
  for (const json& entry : golden["cases"]) {
    CAPTURE(entry.dump());
    const WithOptions with(options_of(entry));
    const Tensor t = build(entry);
    const std::string expected = without_torch(entry["text"]);
    CHECK(fmt::format("{}", t) == expected);
    CHECK(streamed(t) == expected);
    if (t.dim() < 2 || t.is_meta() || t.requires_grad()) continue;
    // The same elements with other strides.
    CHECK(fmt::format("{}", t.transpose(0, -1).contiguous().transpose(0, -1)) == expected);
  }
}
