// The case "Parameter" of golden/printing.json; tests/ops has the others.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "golden_path.h"
#include "wick/wick.h"

TEST_CASE("parameters print as in PyTorch") {
  std::ifstream file(golden_path("printing.json"));
  const nlohmann::json golden = nlohmann::json::parse(file);
  const auto& cases = golden["cases"];
  const auto entry = std::find_if(cases.begin(), cases.end(), [](const nlohmann::json& candidate) {
    return candidate["case"] == "Parameter";
  });
  REQUIRE(entry != cases.end());
  const std::string expected = (*entry)["text"];
  const wick::nn::Parameter parameter(wick::tensor({1., 2.}));
  CHECK(fmt::format("{}", parameter) == expected);
  std::ostringstream out;
  out << parameter;
  CHECK(out.str() == expected);
}
