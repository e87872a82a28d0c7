// The input of a model file: its shape, and its dtype where that is another than the model's.
#include "catch.h"
#include "wick/wick.h"

namespace {

namespace nn = wick::nn;
using wick::Tensor;

/// Class numbers become rows of a table.
struct LookupOptions {
  int64_t rows = nn::required;
  int64_t width = nn::required;
  WICK_OPTIONS(nn::option(rows).at_least(1), nn::option(width).at_least(1).size_of_output(-1))
};
struct Lookup : nn::Module {
  using Options = LookupOptions;
  LookupOptions options;
  nn::Parameter weight;
  explicit Lookup(LookupOptions o)
      : options(nn::checked(o)), weight(wick::ones({o.rows, o.width})) {}
  Tensor forward(const Tensor& x) const override {
    if (x.is_floating_point()) throw wick::TypeError("class numbers are expected");
    return weight(x);
  }
  WICK_MODULE(Lookup, options, weight)
};

std::string problems_of(const std::string& input) {
  try {
    nn::ModelFile::parse(R"({"input": )" + input + R"(, "model": [
        {"type": "Lookup", "rows": 10, "width": 4}, {"type": "Linear", "in_features": 4, "out_features": 2}]})");
  } catch (const wick::ModelFileError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a model file gives its input another dtype than the model's", "[model_file]") {
  nn::register_layer<Lookup>();
  const std::string text =
      R"({"dtype": "float64", "input": {"shape": ["batch", 3], "dtype": "int64"}, "model": [
          {"type": "Lookup", "rows": 10, "width": 4}, {"type": "Linear", "in_features": 4, "out_features": 2}]})";
  const nn::ModelFile file = nn::ModelFile::parse(text);
  CHECK(file.input_dtype == wick::int64);
  REQUIRE(file.input);
  CHECK(file.input->size() == 2);
  CHECK(file.dtype == wick::float64);
  CHECK(file.model(wick::zeros({2, 3}, {.dtype = wick::int64})).shape() == wick::Shape{2, 3, 2});
  const std::string written = file.to_json();
  CHECK_THAT(written, ContainsSubstring("\"shape\"") && ContainsSubstring("\"int64\""));
  const nn::ModelFile again = nn::ModelFile::parse(written);
  CHECK(again.input_dtype == wick::int64);
  CHECK(again.to_json() == written);

  // The model's own dtype is no other one; an object with a shape alone says what a list does.
  CHECK_FALSE(nn::ModelFile::parse(R"({"input": {"shape": [2], "dtype": "float32"}, "model":
      {"type": "ReLU"}})")
                  .input_dtype);
  const nn::ModelFile plain =
      nn::ModelFile::parse(R"({"input": {"shape": [2, "n"]}, "model": {"type": "ReLU"}})");
  CHECK(plain.input->at(1).name == "n");
  CHECK_THAT(plain.to_json(), !ContainsSubstring("\"shape\""));
}

TEST_CASE("what is wrong with an input is told where it stands", "[model_file][errors]") {
  nn::register_layer<Lookup>();
  CHECK(problems_of(R"({"shape": [2, 3], "dtype": "int64"})").empty());
  CHECK_THAT(problems_of("[2, 3]"), ContainsSubstring("class numbers are expected"));
  CHECK_THAT(problems_of(R"({"dtype": "int64"})"),
             ContainsSubstring("/input: missing key \"shape\""));
  CHECK_THAT(problems_of(R"({"shape": 3, "dtype": "int64"})"),
             ContainsSubstring("/input/shape: must be a list of at most 16 sizes"));
  CHECK_THAT(problems_of(R"({"shape": [2, -1], "dtype": "int64"})"),
             ContainsSubstring("/input/shape/1: must be a size of at least 0"));
  CHECK_THAT(problems_of(R"({"shape": [2], "dtype": "int63"})"),
             ContainsSubstring("/input/dtype: must be") && ContainsSubstring("got \"int63\""));
  CHECK_THAT(problems_of(R"({"shape": [2], "dtype": 3})"),
             ContainsSubstring("/input/dtype: must be"));
  CHECK_THAT(problems_of(R"({"shape": [2], "dype": "int64"})"),
             ContainsSubstring("unknown key \"dype\"; did you mean \"dtype\"?"));
}
