#include "cli/shape_text.h"

#include <catch.h>

#include "cli/usage_error.h"
#include "wick/nn/activation.h"

namespace wick::cli {
namespace {

/// What parse_shape says behind the colon.
std::string problem(std::string_view text) {
  try {
    parse_shape(text);
  } catch (const UsageError& error) {
    const std::string message = error.what();
    return message.substr(message.find(": ") + 2);
  }
  return "nothing";
}

}  // namespace

TEST_CASE("shapes on the command line") {
  const Shape expected{32, 100, 512};
  for (const std::string_view text :
       {"32,100,512", "32x100x512", "[32, 100, 512]", "32 100 512", " 32 , 100,512 "})
    CHECK(parse_shape(text) == expected);
  CHECK(parse_shape("7") == Shape{7});
  CHECK(parse_shape("0,3") == Shape{0, 3});
}

TEST_CASE("shapes that are none") {
  CHECK(problem("") == "a size is missing");
  CHECK(problem("[]") == "a size is missing");
  CHECK(problem("1,,2") == "a size is missing");
  CHECK(problem("1,2,") == "a size is missing");
  CHECK(problem("batch,2") == "batch is no size");
  CHECK(problem("1.5,2") == "1.5 is no size");
  CHECK(problem("3,-1") == "sizes are not negative");
  CHECK(problem("99999999999999999999") == "99999999999999999999 is too large");
  CHECK(problem("1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1") == "there are more than 16 sizes");
}

TEST_CASE("the shape of the model file stands in for one that is not given") {
  nn::ModelFile file{.model = nn::GELU()};
  CHECK_THROWS_AS(choose_shape("", file), UsageError);
  CHECK(choose_shape("2,3", file).shape == Shape{2, 3});
  CHECK(choose_shape("2,3", file).from.empty());
  file.input = {{{.size = 4}, {.size = 8}}};
  CHECK(choose_shape("", file).from == "from the model file");
  file.input = {{{.size = 0, .name = "batch"}, {.size = 8}}};
  CHECK(choose_shape("", file).shape == Shape{1, 8});
  CHECK(choose_shape("", file).from == "from the model file, with 1 for each free size");
}

}  // namespace wick::cli
