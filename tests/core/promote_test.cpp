#include "core/promote.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "catch.h"
#include "golden_path.h"
#include "wick/ops.h"

using wick::DType;
using wick::Scalar;
using wick::Tensor;
using Json = nlohmann::json;

namespace {

DType dtype_named(const std::string& name) {
  for (int i = 0; i < wick::dtype_count; ++i)
    if (wick::name(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  FAIL("no dtype " << name);
  return {};
}

using Operand = std::variant<Tensor, Scalar>;

Operand make_operand(const std::string& name) {
  if (name == "number bool") return Scalar(true);
  if (name == "number int") return Scalar(1);
  if (name == "number float") return Scalar(1.0);
  if (name.starts_with("0-d ")) return wick::ones({}, dtype_named(name.substr(4)));
  return wick::ones({2}, dtype_named(name));
}

/// The dtype's name, or null where f throws.
template <class F>
Json dtype_of(F f) {
  try {
    return std::string(wick::name(f().dtype()));
  } catch (const wick::Error&) {
    return nullptr;
  }
}

Json golden() {
  std::ifstream file(golden_path("promotion.json"));
  return Json::parse(file);
}

}  // namespace

TEST_CASE("Results have the dtypes that PyTorch gives", "[promote]") {
  const Json facts = golden();
  for (const Json& row : facts.at("binary")) {
    INFO(row.dump());
    const Operand a = make_operand(row.at("a"));
    const Operand b = make_operand(row.at("b"));
    std::visit(
        [&](const auto& x, const auto& y) {
          CHECK(Json(wick::name(wick::core::result_type(x, y))) == row.at("result_type"));
          using X = std::decay_t<decltype(x)>;
          using Y = std::decay_t<decltype(y)>;
          if constexpr (std::is_same_v<X, Tensor> || std::is_same_v<Y, Tensor>) {
            CHECK(dtype_of([&] { return x + y; }) == row.at("add"));
            CHECK(dtype_of([&] { return x / y; }) == row.at("div"));
          }
          if constexpr (std::is_same_v<X, Tensor>)
            CHECK(dtype_of([&] { return x.clone().add_(y); }) == row.at("add_"));
        },
        a, b);
  }
}

TEST_CASE("In-place operations store what PyTorch's can_cast allows", "[promote]") {
  const Json facts = golden();
  for (const Json& row : facts.at("can_cast")) {
    INFO(row.dump());
    const DType from = dtype_named(row.at("from"));
    const DType to = dtype_named(row.at("to"));
    CHECK(wick::core::can_cast(from, to) == row.at("can_cast").get<bool>());
  }
  CHECK_THROWS_AS(wick::core::check_can_cast(DType::float32, DType::int64), wick::TypeError);
  CHECK_THROWS_WITH(wick::core::check_can_cast(DType::float32, DType::int64),
                    "result type Float can't be cast to the desired output type Long");
  CHECK_NOTHROW(wick::core::check_can_cast(DType::int64, DType::float16));
}

TEST_CASE("Three operands promote together", "[promote]") {
  const Tensor i = wick::ones({2}, DType::int32);
  const Tensor zero_dim = wick::ones({}, DType::float64);
  CHECK(wick::core::result_type(i, Scalar(1), Scalar(2.5)) == DType::float32);
  CHECK(wick::core::result_type(i, zero_dim, Scalar(2.5)) == DType::float64);
  CHECK(wick::core::result_type(Scalar(true), Scalar(1)) == DType::int64);
}
