// Model files with weights and tests. The weights of golden/io/transformer_ffn, its input and its
// output are PyTorch's.
#include <filesystem>
#include <limits>

#include "catch.h"
#include "golden_path.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

namespace {

namespace io = wick::io;
namespace nn = wick::nn;
using wick::Tensor;

constexpr std::string_view layers = R"("model": {
    "type": "Sequential",
    "layers": [
      {"name": "linear1", "type": "Linear", "in_features": 16, "out_features": 64},
      {"name": "activation", "type": "GELU"},
      {"name": "dropout", "type": "Dropout", "p": 0.1},
      {"name": "linear2", "type": "Linear", "in_features": 64, "out_features": 16}
    ]
  })";

/// The text of a model file with these layers.
std::string ffn_file(std::string_view rest) {
  return fmt::format("{{\n  \"input\": [\"batch\", \"seq\", 16],\n  {},\n  {}\n}}\n", rest, layers);
}

std::string problems_of(const std::string& path) {
  try {
    nn::load(path);
    return "";
  } catch (const wick::ModelFileError& error) {
    return error.what();
  }
}

/// The largest distance between two tensors.
double distance(const Tensor& a, const Tensor& b) {
  return (a.to(wick::float64) - b.to(wick::float64)).abs().max().item<double>();
}

nn::StateDict ffn_state() { return io::load_state(golden_path("io/transformer_ffn.safetensors")); }

}  // namespace

TEST_CASE("a model file with PyTorch's weights gives PyTorch's output", "[model_file][io]") {
  const Tensor x = io::load_npy(golden_path("io/ffn_input.npy"));
  const Tensor y = io::load_npy(golden_path("io/ffn_output.npy"));
  const TemporaryFolder folder;
  for (const std::string weights : {"transformer_ffn.pt", "transformer_ffn.safetensors"}) {
    const std::string path = folder / "ffn.json";
    io::write_file(path,
                   ffn_file(fmt::format("\"weights\": \"{}\"", golden_path("io/" + weights))));
    const nn::AnyModule model = nn::load(path);
    CHECK(model->training());
    const nn::AnyModule copy = model;
    nn::AnyModule eval = model;
    eval->eval();
    const wick::NoGradGuard no_grad;
    CHECK(distance(eval(x), y) < 1e-6);
  }
}

TEST_CASE("weights are found beside the model file", "[model_file][io]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "models");
  io::save_safetensors(folder / "models/ffn.safetensors", ffn_state());
  io::write_file(folder / "models/ffn.json", ffn_file("\"weights\": \"ffn.safetensors\""));
  const nn::AnyModule model = nn::load(folder / "models/ffn.json");
  CHECK(equal(model->get_parameter("linear1.weight"), ffn_state()["linear1.weight"]));
  CHECK(model->get_parameter("linear1.weight").requires_grad());
  // The same from text, told where to look; and without weights.
  const std::string text = ffn_file("\"weights\": \"ffn.safetensors\"");
  CHECK_NOTHROW(nn::from_json(text, {.directory = folder / "models"}));
  CHECK_NOTHROW(nn::from_json(text, {.load_weights = false}));
  CHECK_THROWS_AS(nn::from_json(text), wick::ModelFileError);
}

TEST_CASE("mapped weights can be trained: the file stays as it is", "[model_file][io]") {
  const TemporaryFolder folder;
  io::save_safetensors(folder / "ffn.safetensors", ffn_state());
  io::write_file(folder / "ffn.json", ffn_file("\"weights\": \"ffn.safetensors\""));
  const std::string before = io::read_file(folder / "ffn.safetensors");
  const nn::AnyModule model = nn::load(folder / "ffn.json");
  {
    const wick::NoGradGuard no_grad;
    for (const Tensor& p : model->parameters()) p.fill_(0);
    CHECK(distance(model(wick::ones({2, 16})), wick::zeros({2, 16})) == 0);
  }
  CHECK(io::read_file(folder / "ffn.safetensors") == before);
}

TEST_CASE("all that is wrong with weights is told at once", "[model_file][io][errors]") {
  const TemporaryFolder folder;
  nn::StateDict state = ffn_state();
  state.set("linear_1.weight", state["linear1.weight"]);
  state.erase("linear1.weight");
  state.set("linear1.bias", wick::zeros({65}));
  state.set("linear2.bias", wick::zeros({16}, wick::float16));
  state.set("extra", wick::zeros({1}));
  const std::string weights = folder / "bad.safetensors";
  io::save_safetensors(weights, state);
  const std::string path = folder / "ffn.json";
  io::write_file(path, ffn_file("\"weights\": \"bad.safetensors\""));
  const auto line = [&](std::string_view text) {
    return fmt::format("{}:3:14: /weights: {} {}", path, weights, text);
  };
  const std::string told = problems_of(path);
  for (const std::string_view text :
       {"has no \"linear1.weight\" of shape [64, 16]; did you mean \"linear_1.weight\"?",
        "has \"linear_1.weight\", which the model does not have; did you mean \"linear1.weight\"?",
        "has \"extra\", which the model does not have",
        "\"linear1.bias\" has shape [65], the model's has shape [64]",
        "\"linear2.bias\" is float16, the model's is float32"})
    CHECK_THAT(told, ContainsSubstring(line(text)));
}

TEST_CASE("a weight file that cannot be read is told with its reason", "[model_file][io][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "ffn.json";
  io::write_file(path, ffn_file("\"weights\": \"nowhere.pt\""));
  CHECK(problems_of(path) == fmt::format("{}:3:14: /weights: cannot read {}: No such file or "
                                         "directory",
                                         path, folder / "nowhere.pt"));
  io::write_file(folder / "text.pt", "no weights");
  io::write_file(path, ffn_file("\"weights\": \"text.pt\""));
  CHECK_THAT(problems_of(path), ContainsSubstring(":3:14: /weights: "));
}

TEST_CASE("tests in a model file are replayed", "[model_file][io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "ffn.json";
  const auto file = [&](const std::string& output, std::string_view tolerances) {
    return ffn_file(fmt::format(
        "\"weights\": \"{}\",\n  \"tests\": [{{\"input\": \"{}\", \"output\": \"{}\"{}}}]",
        golden_path("io/transformer_ffn.pt"), golden_path("io/ffn_input.npy"), output, tolerances));
  };
  io::write_file(path, file(golden_path("io/ffn_output.npy"), ", \"atol\": 1e-6"));
  const nn::AnyModule model = nn::load(path);
  CHECK(model->training());  // the test ran in eval mode

  Tensor wrong = io::load_npy(golden_path("io/ffn_output.npy")).clone();
  const float right = wrong(1, 2, 3).item<float>();
  wrong(1, 2, 3) = right + 0.5F;
  wrong(0, 0, 0) = wrong(0, 0, 0).item<float>() + 0.25F;
  io::save_npy(folder / "wrong.npy", wrong);
  io::write_file(path, file("wrong.npy", ""));
  const std::string told = problems_of(path);
  CHECK_THAT(told, ContainsSubstring("/tests/0: 2 of 160 elements of the output are off by more "
                                     "than atol=1e-05 and rtol=1.3e-06 allow; the worst is "
                                     "[1, 2, 3]: "));
  CHECK_THAT(told, ContainsSubstring("off by -0.5"));
  CHECK_NOTHROW(nn::load(path, {.run_tests = false}));
  io::write_file(path, file("wrong.npy", ", \"atol\": 0.6"));
  CHECK_NOTHROW(nn::load(path));

  io::save_npy(folder / "shape.npy", wick::zeros({2, 3}));
  io::write_file(path, file("shape.npy", ""));
  CHECK_THAT(problems_of(path),
             ContainsSubstring("/tests/0: the output has shape [2, 5, 16], shape.npy has shape "
                               "[2, 3]"));
  io::write_file(path, file("nowhere.npy", ""));
  CHECK_THAT(problems_of(path),
             ContainsSubstring("/tests/0: the test cannot be run: cannot read "));
}

namespace {

/// A layer whose dropout is in eval mode for good.
struct Calm : nn::Module {
  Tensor forward(const Tensor& x) const override { return dropout(x); }
  nn::Dropout dropout;
  Calm() { dropout.eval(); }
  WICK_MODULE(Calm, dropout)
};

}  // namespace

TEST_CASE("tests leave each module in the mode that it was in", "[model_file][io]") {
  const TemporaryFolder folder;
  nn::register_layer<Calm>();
  io::save_npy(folder / "x.npy", wick::tensor({-1., 2.}));
  const std::string path = folder / "calm.json";
  io::write_file(path, R"({"model": [{"type": "Calm"}, {"type": "Dropout"}],
                           "tests": [{"input": "x.npy", "output": "x.npy"}]})");
  const nn::AnyModule model = nn::load(path);
  CHECK(model->training());
  CHECK(model->get_submodule("0").training());
  CHECK_FALSE(model->get_submodule("0.dropout").training());
  CHECK(model->get_submodule("1").training());
}

TEST_CASE("tests need numbers that are the same every time", "[model_file][io][errors]") {
  const TemporaryFolder folder;
  io::save_npy(folder / "x.npy", wick::tensor({-1., 2.}));
  io::save_npy(folder / "y.npy", wick::tensor({0., 2.}));
  constexpr std::string_view tests = R"("tests": [{"input": "x.npy", "output": "y.npy"}])";
  io::write_file(folder / "relu.json",
                 fmt::format(R"({{"model": {{"type": "ReLU"}}, {}}})", tests));
  CHECK_NOTHROW(nn::load(folder / "relu.json"));
  io::write_file(folder / "tanh.json",
                 fmt::format(R"({{"model": {{"type": "Tanh"}}, {}}})", tests));
  CHECK_THAT(problems_of(folder / "tanh.json"), ContainsSubstring("/tests/0: 2 of 2 elements"));
  io::write_file(
      folder / "linear.json",
      fmt::format(R"({{"model": {{"type": "LayerNorm", "normalized_shape": 2}}, {}}})", tests));
  CHECK_THAT(problems_of(folder / "linear.json"), ContainsSubstring("its outputs are random"));
}

TEST_CASE("save writes a model file and its weights, load brings them back", "[model_file][io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "net.json";
  wick::manual_seed(1);
  nn::Sequential net{{"fc", nn::Linear(4, 8)}, {"act", nn::SiLU()}, {"norm", nn::LayerNorm(8)}};
  nn::save(net, path);
  CHECK(std::filesystem::exists(folder / "net.safetensors"));
  const nn::AnyModule loaded = nn::load(path);
  CHECK(loaded.to_string() == net.to_string());
  for (const auto& [name, tensor] : net.state_dict())
    CHECK(equal(loaded->state_dict()[name], tensor));
  CHECK_THAT(io::read_file(path), ContainsSubstring("\"weights\": \"net.safetensors\""));

  for (const wick::DType dtype : {wick::float64, wick::bfloat16, wick::float16}) {
    net.to(dtype);
    nn::save(net, path);
    CHECK(nn::load(path)->parameters()[0].dtype() == dtype);
  }
  // Without parameters there is nothing to write beside it.
  nn::save(nn::ReLU(), folder / "relu.json");
  CHECK_FALSE(std::filesystem::exists(folder / "relu.safetensors"));
  CHECK_NOTHROW(nn::load(folder / "relu.json"));
}

TEST_CASE("a model that cannot be saved leaves the files as they are", "[model_file][io][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "net.json";
  nn::save(nn::Linear(2, 3), path);
  const std::string text = io::read_file(path);
  const std::string weights = io::read_file(folder / "net.safetensors");
  CHECK_THROWS_AS(nn::save(nn::ModuleList{nn::Linear(2, 2)}, path), wick::TypeError);
  CHECK(io::read_file(path) == text);
  CHECK(io::read_file(folder / "net.safetensors") == weights);
  CHECK_THROWS_AS(nn::save(nn::Linear(2, 3), folder / "no/such/folder/net.json"), wick::FileError);
}

TEST_CASE("all of a model file is kept when it is saved", "[model_file][io]") {
  const TemporaryFolder folder;
  nn::ModelFile file = nn::ModelFile::parse(R"({
    "$schema": "wick-model.schema.json",
    "input": ["n", 2],
    "model": {"type": "Linear", "in_features": 2, "out_features": 2},
    "metadata": {"epoch": 3}
  })");
  file.weights = "w.pt";
  file.tests.push_back({.input = "x.npy", .output = "y.npy"});
  io::save_npy(folder / "x.npy", wick::ones({3, 2}));
  {
    const wick::NoGradGuard no_grad;
    io::save_npy(folder / "y.npy", file.model(wick::ones({3, 2})));
  }
  file.save(folder / "m.json");
  const nn::ModelFile again = nn::ModelFile::load(folder / "m.json");
  CHECK(again.to_json() == file.to_json());
  CHECK(again.schema == "wick-model.schema.json");
  CHECK(again.input->at(0).name == "n");
  CHECK(again.tests.size() == 1);
  CHECK(io::read_file(folder / "w.pt").starts_with("PK"));
}

TEST_CASE("a test whose output has nan and infinity passes where the model gives them",
          "[model_file][io]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  const TemporaryFolder folder;
  const std::string path = folder / "model.json";
  io::write_file(path, R"({"model": [{"type": "ReLU"}],
      "tests": [{"input": "x.npy", "output": "y.npy"}]})");
  const auto run = [&](const std::vector<double>& x, const std::vector<double>& y) {
    io::save_npy(folder / "x.npy", wick::tensor(x, {.dtype = wick::float32}));
    io::save_npy(folder / "y.npy", wick::tensor(y, {.dtype = wick::float32}));
    return problems_of(path);
  };
  CHECK(run({1, not_a_number, infinity}, {1, not_a_number, infinity}) == "");
  CHECK_THAT(run({1, 2, 3}, {1, not_a_number, 3}), ContainsSubstring("1 of 3 elements"));
  CHECK_THAT(run({1, not_a_number, 3}, {1, 2, 3}), ContainsSubstring("1 of 3 elements"));
  CHECK_THAT(run({1, infinity, 3}, {1, 2, 3}), ContainsSubstring("1 of 3 elements"));
  CHECK_THAT(run({1, 2, 3}, {1, infinity, 3}), ContainsSubstring("1 of 3 elements"));
  CHECK_THAT(run({1, not_a_number}, {1, infinity}), ContainsSubstring("1 of 2 elements"));
  CHECK_THAT(run({1, 2}, {1, 2, 3}), ContainsSubstring("the output has shape [2]"));
}

TEST_CASE("tolerances of tests are met exactly", "[model_file][io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "model.json";
  const auto run = [&](double x, double y, double atol, double rtol) {
    io::save_npy(folder / "x.npy", wick::tensor({x}, {.dtype = wick::float32}));
    io::save_npy(folder / "y.npy", wick::tensor({y}, {.dtype = wick::float32}));
    io::write_file(path, fmt::format(R"({{"model": [{{"type": "ReLU"}}],
        "tests": [{{"input": "x.npy", "output": "y.npy", "atol": {}, "rtol": {}}}]}})",
                                     atol, rtol));
    return problems_of(path);
  };
  CHECK(run(1.5, 1, 0.5, 0) == "");
  CHECK(run(0.5, 1, 0.5, 0) == "");
  CHECK(run(1.5, 1, 0.4375, 0) != "");
  CHECK(run(3, 2, 0, 0.5) == "");  // relative to what is expected, not to what is found
  CHECK(run(2, 3, 0, 0.333) != "");
  CHECK(run(3, 2, 0.5, 0.25) == "");
  CHECK(run(3, 2, 0.5, 0.125) != "");
  CHECK(run(1, 1, 0, 0) == "");
}

TEST_CASE("tests leave every module in the mode that it was in", "[model_file][io]") {
  const TemporaryFolder folder;
  io::save_npy(folder / "x.npy", wick::ones({2}));
  io::write_file(folder / "model.json", R"({"model": [{"type": "Dropout"},
      {"type": "Sequential", "layers": [{"type": "Dropout"}]}],
      "tests": [{"input": "x.npy", "output": "x.npy"}]})");
  nn::AnyModule model = nn::load(folder / "model.json");
  for (const nn::ModuleBase* m : model->modules()) CHECK(m->training());
}
