// Exceptions: their classes, the context in front of a message, and lists of problems.
#include "wick/nn/model_file.h"

#include <stdexcept>
#include <string>

#include "catch.h"

using namespace wick;

namespace {

using Problem = ModelFileError::Problem;

Problem problem(std::string file, int64_t line, int64_t column, std::string pointer,
                std::string message) {
  Problem p;
  p.file = std::move(file);
  p.line = line;
  p.column = column;
  p.pointer = std::move(pointer);
  p.message = std::move(message);
  return p;
}

}  // namespace

TEST_CASE("every exception is an Error and a std::runtime_error", "[core][error]") {
  CHECK_THROWS_AS(throw ShapeError("x"), Error);
  CHECK_THROWS_AS(throw IndexError("x"), Error);
  CHECK_THROWS_AS(throw TypeError("x"), Error);
  CHECK_THROWS_AS(throw ValueError("x"), Error);
  CHECK_THROWS_AS(throw FileError("x"), Error);
  CHECK_THROWS_AS(throw ModelFileError({}), FileError);
  CHECK_THROWS_AS(throw Error("x"), std::runtime_error);
}

TEST_CASE("a context stands in front, and a new one in its place", "[core][error]") {
  Error error("text");
  CHECK(std::string(error.what()) == "text");
  error.set_context("layer");
  CHECK(std::string(error.what()) == "layer: text");
  const Error copy = error;
  error.set_context("model.layer");
  CHECK(std::string(error.what()) == "model.layer: text");
  CHECK(std::string(copy.what()) == "layer: text");  // copies do not follow
  Error other("else");
  other = copy;
  CHECK(std::string(other.what()) == "layer: text");
}

TEST_CASE("a problem in a model file says as much as is known of its place", "[core][error]") {
  CHECK(problem("m.json", 7, 24, "/a/b", "wrong").to_string() == "m.json:7:24: /a/b: wrong");
  CHECK(problem("m.json", 1, 1, "", "wrong").to_string() == "m.json:1:1: wrong");
  CHECK(problem("m.json", 0, 0, "/a", "wrong").to_string() == "m.json: /a: wrong");
  CHECK(problem("m.json", 0, 0, "", "wrong").to_string() == "m.json: wrong");
  CHECK(problem("", 7, 24, "/a", "wrong").to_string() == "/a: wrong");
  CHECK(problem("", 0, 0, "", "wrong").to_string() == "wrong");
}

TEST_CASE("an error of model files has a line for each problem, and counts the rest",
          "[core][error]") {
  const Problem a = problem("m", 1, 2, "", "a"), b = problem("m", 3, 4, "", "b");
  const ModelFileError two({a, b});
  CHECK(std::string(two.what()) == "m:1:2: a\nm:3:4: b");
  CHECK(two.count() == 2);
  REQUIRE(two.problems().size() == 2);
  CHECK(two.problems()[1].message == "b");
  const ModelFileError more({a, b}, 5);
  CHECK(std::string(more.what()) == "m:1:2: a\nm:3:4: b\n... and 3 more");
  CHECK(more.count() == 5);
  const ModelFileError exact({a, b}, 2);
  CHECK(std::string(exact.what()) == "m:1:2: a\nm:3:4: b");
  const ModelFileError fewer({a, b}, 1);  // a count that cannot be
  CHECK(fewer.count() == 2);
  const ModelFileError copy = more;
  CHECK(&copy.problems() == &more.problems());
}
