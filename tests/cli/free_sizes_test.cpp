#include "cli/free_sizes.h"

#include <catch.h>

#include "wick/format.h"

namespace wick::cli {
namespace {

nn::ModelFile parsed(std::string_view input, std::string_view model) {
  return nn::ModelFile::parse(fmt::format(R"({{"input": {}, "model": {}}})", input, model));
}

}  // namespace

TEST_CASE("free sizes keep their names on the way through a model") {
  const nn::ModelFile file =
      parsed(R"(["batch", "seq", 8])",
             R"([{"name": "up", "type": "Linear", "in_features": 8, "out_features": 12},
          {"name": "flat", "type": "Flatten"},
          {"name": "all", "type": "Flatten", "start_dim": 0}])");
  CHECK(named_shape(*file.input) == "[batch, seq, 8]");
  const auto outputs = named_outputs(file);
  CHECK(outputs.at("up") == "[batch, seq, 12]");
  CHECK(outputs.at("flat") == "[batch, 12 * seq]");
  CHECK(outputs.at("all") == "[12 * batch * seq]");
  CHECK(outputs.at("") == "[12 * batch * seq]");
}

TEST_CASE("a name that is there twice is one size, and numbers stay numbers") {
  const nn::ModelFile file = parsed(R"(["n", "n", 3])", R"([{"type": "Flatten", "start_dim": 0}])");
  CHECK(named_outputs(file).at("0") == "[3 * n * n]");
  const nn::ModelFile fixed = parsed("[2, 3]", R"([{"type": "GELU"}])");
  CHECK(named_outputs(fixed).at("0") == "[2, 3]");
  CHECK(named_shape({}) == "[]");
}

}  // namespace wick::cli
