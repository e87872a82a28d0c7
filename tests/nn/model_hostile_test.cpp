// Model files that somebody made to hurt: bytes that are no text, files that are something else,
// paths that lead elsewhere, and sizes at which anything that is not linear would be felt.
#include <chrono>
#include <filesystem>
#include <fstream>

#include "catch.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

namespace {

namespace io = wick::io;
namespace nn = wick::nn;
using namespace std::string_literals;

std::string problems_of(std::string_view text) {
  try {
    nn::from_json(text);
    return "";
  } catch (const wick::ModelFileError& error) {
    return error.what();
  }
}

std::string problems_of_file(const std::string& path) {
  try {
    nn::load(path);
    return "";
  } catch (const wick::ModelFileError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a NUL is no end of a model file", "[model_file][hostile]") {
  const auto damaged =
      ": a NUL byte, which JSON does not have: the file seems damaged, or is not text"s;
  CHECK(problems_of("{\"model\":[]}\0garbage {"s) == "<json>:1:13" + damaged);
  CHECK(problems_of("{\"model\":\n[\0]}"s) == "<json>:2:2" + damaged);
  CHECK(problems_of("{\"model\":[]}\n\0"s) ==
        "<json>:2:1: the file ends in 1 NUL byte: it seems truncated and padded, as a crash or a "
        "full disk leaves it; restore it from a copy");
  CHECK_THAT(problems_of("{\"model\":[]}" + std::string(4096, '\0')),
             ContainsSubstring("the file ends in 4096 NUL bytes: it seems truncated and padded"));
  CHECK_THAT(problems_of("{\"mod" + std::string(10, '\0')), ContainsSubstring("truncated"));
  CHECK_THAT(problems_of(std::string(10, '\0')),
             ContainsSubstring("the file ends in 10 NUL bytes"));
  CHECK_FALSE(problems_of("\0{\"model\":[]}"s).empty());
}

TEST_CASE("other encodings, and what editors leave", "[model_file][hostile]") {
  const std::string text = R"({"type": "GELU"})";
  std::string little, big;
  for (const char c : text) {
    little += {c, '\0'};
    big += {'\0', c};
  }
  for (const std::string& utf16 : {little, big, "\xFF\xFE" + little, "\xFE\xFF" + big})
    CHECK(problems_of(utf16) ==
          "<json>:1:1: the text is UTF-16, a model file is UTF-8: save it in that encoding");
  // The mark of UTF-8 is let pass, and is no column.
  CHECK(problems_of("\xEF\xBB\xBF" + text).empty());
  CHECK_THAT(problems_of("\xEF\xBB\xBF{\"type\": \"GLU\"}"), ContainsSubstring("<json>:1:10: "));
  CHECK(problems_of(text + "\x1A") ==
        "<json>:1:17: a byte 0x1A (Ctrl-Z), with which DOS ended files: remove it");
  for (const std::string& garbage : {"x"s, "{}"s, "]"s, "\x01"s, "\xFF"s, "//"s})
    CHECK_THAT(problems_of(text + garbage), ContainsSubstring("<json>:1:17: syntax error"));
  CHECK(problems_of(text + " \t\r\n").empty());
}

TEST_CASE("a file that is something else is told as what it is", "[model_file][hostile]") {
  const TemporaryFolder folder;
  const nn::StateDict state{{"weight", wick::ones({2})}};
  io::save_torch(folder / "x.pt", state);
  io::save_safetensors(folder / "x.safetensors", state);
  io::save_npz(folder / "x.npz", state);
  io::save_npy(folder / "x.npy", wick::ones({2}));
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
           {"x.pt",
            "a PyTorch checkpoint. It has tensors and no layers: describe the layers in a "
            "model file that says \"weights\": \"x.pt\""},
           {"x.safetensors", "a safetensors file. It has tensors and no layers"},
           {"x.npz", "a NumPy archive (.npz). It has tensors and no layers"},
           {"x.npy", "a NumPy array (.npy). It has a tensor and no layers"}}) {
    const std::string told = problems_of_file(folder / name);
    CHECK_THAT(told, ContainsSubstring("not a model file, which is JSON, but " + text));
    CHECK(told.starts_with(folder / name + ":"));
  }
  CHECK_THAT(problems_of_file(folder / "x.pt"),
             ContainsSubstring("load_state_dict(wick::io::load_state(\"x.pt\"))"));
  // Also one that is too large to be read as text.
  {
    std::ofstream(folder / "large.pt", std::ios::binary) << io::read_file(folder / "x.pt");
    std::filesystem::resize_file(folder / "large.pt", nn::max_model_file_size + 1);
    CHECK_THAT(problems_of_file(folder / "large.pt"), ContainsSubstring("a PyTorch checkpoint"));
  }
  for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{
           {"\x80\x02}q\1."s, "a PyTorch checkpoint (or another pickle)"},
           {"PK\3\4" + std::string(26, '\0') + "something", "a zip archive"},
           {"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a pointer of Git LFS"},
           {"\n<!DOCTYPE html><html>", "HTML or XML; did the download give a page"},
           {"\x1f\x8b\x08", "compressed with gzip"},
           {"\x89HDF\r\n\x1a\n", "HDF5"},
           {"GGUF\3", "GGUF"},
           {"\x08\x07\x12\x07pytorch", "an ONNX model"}})
    CHECK_THAT(problems_of(bytes),
               ContainsSubstring("<json>: not a model file, which is JSON, but " + text));
}

TEST_CASE("paths with a NUL are refused wherever they stand", "[model_file][hostile]") {
  const TemporaryFolder folder;
  CHECK(problems_of(R"({"weights": "w\u0000.safetensors", "model": []})") ==
        R"(<json>:1:13: /weights: must be a path without a NUL in it, got "w\u0000.safetensors")");
  CHECK_THAT(problems_of(R"({"model": [], "tests": [{"input": "x\u0000", "output": ""}]})"),
             ContainsSubstring("/tests/0/input: must be a path without a NUL in it") &&
                 ContainsSubstring("/tests/0/output: must be the path of a file, got \"\""));
  CHECK_THROWS_AS(nn::load(folder / "x\0y.json"s), wick::FileError);
  nn::ModelFile file{.model = nn::Linear(2, 2)};
  CHECK_THROWS_AS(file.save(folder / "a\0.json"s), wick::ValueError);
  CHECK_THROWS_AS(file.save(folder / "a.json", {.weights = "w\0.pt"s}), wick::ValueError);
  CHECK_THROWS_AS(nn::save(nn::Linear(2, 2), folder / "a\0.json"s), wick::ValueError);
  file.weights = "w\0.safetensors"s;
  CHECK_THROWS_WITH(file.save(folder / "a.json"),
                    R"(weights: the path "w\u0000.safetensors" has a NUL in it)");
  CHECK_THROWS_AS(file.to_json(), wick::ValueError);
  file.weights = "";
  file.tests.push_back({.input = "x\0"s, .output = "y"});
  CHECK_THROWS_AS(file.to_json(), wick::ValueError);
  CHECK(std::filesystem::is_empty(std::string(folder / "")));
}

TEST_CASE("a file that is read does not choose what a save replaces", "[model_file][hostile]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "work/deep");
  io::write_file(folder / "victim.safetensors", "as it was");
  for (const std::string& weights : std::vector<std::string>{
           "../victim.safetensors", "deep/../../victim.safetensors", "deep/w.safetensors",
           folder / "victim.safetensors", "..\\\\victim.safetensors"}) {
    INFO(weights);
    const nn::ModelFile file = nn::ModelFile::parse(
        fmt::format(
            R"({{"weights": "{}", "model": {{"type": "Linear", "in_features": 2, "out_features": 2}}}})",
            weights),
        {.load_weights = false});
    file.save(folder / "work/copy.json");
    CHECK(io::read_file(folder / "victim.safetensors") == "as it was");
    CHECK(std::filesystem::is_empty(folder / "work/deep"));
    CHECK_THAT(io::read_file(folder / "work/copy.json"),
               ContainsSubstring("\"weights\": \"copy.safetensors\""));
    CHECK(equal(nn::load(folder / "work/copy.json")->get_parameter("weight"),
                file.model->get_parameter("weight")));
  }
  // A name alone stays, and the caller may say where.
  nn::ModelFile file{.model = nn::Linear(2, 2), .weights = "w.pt"};
  file.save(folder / "work/net.json");
  CHECK(std::filesystem::exists(folder / "work/w.pt"));
  file.save(folder / "work/net.json", {.weights = "../elsewhere.npz"});
  CHECK(std::filesystem::exists(folder / "elsewhere.npz"));
  CHECK_NOTHROW(nn::load(folder / "work/net.json"));
  nn::save(nn::Linear(2, 2), folder / "work/other.json", {.weights = "deep/w.safetensors"});
  CHECK(std::filesystem::exists(folder / "work/deep/w.safetensors"));
  CHECK_NOTHROW(nn::load(folder / "work/other.json"));
  CHECK_THROWS_AS(nn::save(nn::Linear(2, 2), folder / "b.json", {.weights = "w.txt"}),
                  wick::ValueError);
  CHECK_FALSE(std::filesystem::exists(folder / "b.json"));
}

TEST_CASE("no message shows the bytes of a file that has no tensors", "[model_file][hostile]") {
  const TemporaryFolder folder;
  io::write_file(folder / "secret", "root:x:0:0:hunter2");
  const std::string path = folder / "secret";
  const std::string told = problems_of(fmt::format(
      R"({{"weights": "{}", "model": {{"type": "Linear", "in_features": 1, "out_features": 1}}}})",
      path));
  CHECK_THAT(told, ContainsSubstring("not a file of weights that wick knows"));
  CHECK(told.find("root") == std::string::npos);
  const std::string test = problems_of(fmt::format(
      R"({{"model": {{"type": "ReLU"}}, "tests": [{{"input": "{0}", "output": "{0}"}}]}})", path));
  CHECK_THAT(test, ContainsSubstring("the test cannot be run"));
  CHECK(test.find("root") == std::string::npos);
  // Devices and pipes are no files: nothing waits for them.
  CHECK_THAT(problems_of(R"({"weights": "/dev/zero", "model": {"type": "ReLU"}})"),
             ContainsSubstring("not a regular file"));
}

TEST_CASE("a size that does not fit is a mistake in the file", "[model_file][hostile]") {
  for (const std::string input :
       {"[9223372036854775807]", "[4000000000, 4000000000, 4]", "[\"n\", 9223372036854775807]"})
    CHECK_THAT(problems_of(R"({"input": )" + input + R"(, "model": {"type": "ReLU"}})"),
               ContainsSubstring("<json>:1:11: /input: "));
  CHECK_THAT(problems_of(R"({"input": [99999999999999999999], "model": []})"),
             ContainsSubstring("/input/0: must be a size of at least 0"));
}

TEST_CASE("what messages show of a file is short and printable", "[model_file][hostile]") {
  const std::string long_number(10'000'000, '1');
  const std::string long_text(1'000'000, 'x');
  for (const std::string& text : {
           R"({"type": "Dropout", "p": )" + long_number + "}",
           R"({"type": "Dropout", "p": -)" + long_number + "}",
           R"({"type": "Dropout", "p": 1)" + long_number + ".5e3}",
           R"({"type": ")" + long_text + "\"}",
           R"({"type": "GELU", "approximate": ")" + long_text + "\"}",
           R"({"type": "FeedForward", "activation": ")" + long_text + "\"}",
           R"({")" + long_text + "\": 1, \"type\": \"GELU\"}",
           R"({"type": "GELU", ")" + long_text + "\": 1, \"" + long_text + "\": 1}",
           R"({"version": )" + long_number + ", \"model\": []}",
           R"([{"type": "GELU", "name": ")" + long_text + R"("}, {"type": "GELU", "name": ")" +
               long_text + "\"}]",
           R"({"weights": ")" + long_text + "\", \"model\": []}",
       }) {
    const std::string told = problems_of(text);
    CHECK_FALSE(told.empty());
    CHECK(told.size() < 2'000);
  }
  const std::string told = problems_of(
      "[{\"type\": \"\\u001b[31m\x7f\xC2\x9B\"}, {\"type\": \"GELU\", \"k\\u001b\\n\": 1},"
      " {\"type\": \"Linear\", \"in_features\": [\n1\t,\r2]},"
      " {\"type\": \"GELU\", \"name\": \"a\\u001b.\"}]");
  for (const char c : told) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
  CHECK(told.find('\x7f') == std::string::npos);
  CHECK(told.find("\xC2\x9B") == std::string::npos);
  CHECK_THAT(told, ContainsSubstring("/1/k\\u001b\\u000a") || ContainsSubstring("/1/k\\u001b "));
}

TEST_CASE("layers in C++ that are nested too deep for a file", "[model_file][hostile]") {
  nn::AnyModule model = nn::ReLU();
  for (int i = 0; i < 150; ++i) model = nn::Sequential(std::move(model));
  CHECK_THROWS_WITH(nn::to_json(*model), ContainsSubstring("nested deeper than the limit of 200"));
  nn::AnyModule shallow = nn::ReLU();
  for (int i = 0; i < 90; ++i) shallow = nn::Sequential(std::move(shallow));
  CHECK_NOTHROW(nn::from_json(nn::to_json(*shallow)));
}

TEST_CASE("metadata comes back as it was", "[model_file][hostile]") {
  const std::string metadata =
      R"({"big": 12345678901234567890123, "b": [1.50, null, {"x": "\u00e9"}],
    "a": {}})";
  nn::ModelFile file{.model = nn::ReLU(), .metadata = metadata};
  const std::string text = file.to_json();
  CHECK_THAT(text, ContainsSubstring("\"big\": 12345678901234567890123") &&
                       ContainsSubstring("1.50,") && ContainsSubstring("{\"x\": \"\u00e9\"}"));
  CHECK(nn::ModelFile::parse(text).to_json() == text);
  file.metadata = "{";
  CHECK_THROWS_WITH(file.to_json(), ContainsSubstring("the metadata is not JSON"));
  file.metadata = R"({"a": 1, "a": 2})";
  CHECK_THROWS_AS(file.to_json(), wick::ValueError);
}
