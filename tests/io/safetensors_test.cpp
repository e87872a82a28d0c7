#include "wick/io/safetensors.h"

#include "catch.h"
#include "golden_path.h"
#include "io/safetensors.h"
#include "io/sample_tensors.h"
#include "io/temporary_folder.h"
#include "wick/io/file.h"

using namespace wick;

namespace {

std::vector<std::string> names(const nn::StateDict& state) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : state) result.push_back(name);
  return result;
}

}  // namespace

TEST_CASE("safetensors: a file of the Python package", "[io]") {
  const std::string path = golden_path("io/dtypes.safetensors");
  const nn::StateDict state = io::load_safetensors(path);
  CHECK(state.size() == all_dtypes.size() + 2);
  for (const DType dtype : all_dtypes)
    CHECK(same(state[name(dtype)], golden_values({3, 4}, dtype)));
  CHECK(same(state["scalar"], golden_values({}, float32)));
  CHECK(same(state["empty"], golden_values({0, 3}, float16)));
  CHECK(io::safetensors_metadata(path) == io::Metadata{{"format", "pt"}});
  // In the order of the data: the largest elements first.
  CHECK(names(state) == std::vector<std::string>{"int64", "float64", "float32", "scalar", "int32",
                                                 "bfloat16", "empty", "float16", "uint8", "bool"});
  CHECK(io::load_safetensors(golden_path("io/nothing.safetensors")).empty());
}

TEST_CASE("safetensors: files are those of the Python package, byte for byte", "[io]") {
  const TemporaryFolder folder;
  nn::StateDict state;
  for (const DType dtype : all_dtypes) state.set(name(dtype), golden_values({3, 4}, dtype));
  state.set("scalar", golden_values({}, float32));
  state.set("empty", golden_values({0, 3}, float16));
  io::save_safetensors(folder / "a.safetensors", state, {{"format", "pt"}});
  CHECK(io::read_file(folder / "a.safetensors") ==
        io::read_file(golden_path("io/dtypes.safetensors")));
  io::save_safetensors(folder / "b.safetensors", {});
  CHECK(io::read_file(folder / "b.safetensors") ==
        io::read_file(golden_path("io/nothing.safetensors")));
}

TEST_CASE("safetensors: every bit comes back", "[io]") {
  const TemporaryFolder folder;
  const nn::StateDict state = any_state(all_dtypes);
  const io::Metadata metadata = {{"z", "1"}, {"a", "line\nbreak \"quote\" \x01 ü"}, {"", ""}};
  io::save_safetensors(folder / "x", state, metadata);
  CHECK(difference(state, io::load_safetensors(folder / "x")) == "");
  CHECK(io::safetensors_metadata(folder / "x") == metadata);
}

TEST_CASE("safetensors: strange names are names too", "[io]") {
  const TemporaryFolder folder;
  nn::StateDict state;
  const std::vector<std::string> strange = {"",
                                            "a\"b\\c",
                                            "tab\tnul" + std::string(1, '\0'),
                                            "schön 🦆",
                                            "{}",
                                            std::string(5000, 'x')};
  for (const std::string& name : strange) state.set(name, ones({2}));
  io::save_safetensors(folder / "x", state);
  const nn::StateDict loaded = io::load_safetensors(folder / "x");
  CHECK(difference(state, loaded) == "");
}

TEST_CASE("safetensors: tensors refer to the file, which nothing changes", "[io]") {
  const TemporaryFolder folder;
  io::save_safetensors(folder / "x", {{"a", zeros({4})}, {"b", ones({4})}});
  const std::string before = io::read_file(folder / "x");
  const nn::StateDict first = io::load_safetensors(folder / "x");
  first["a"].fill_(7);
  CHECK(same(io::load_safetensors(folder / "x")["a"], zeros({4})));
  CHECK(same(first["b"], ones({4})));
  CHECK(io::read_file(folder / "x") == before);
  // The file may go, or be replaced, also by what came out of it.
  io::save_safetensors(folder / "x", first);
  CHECK(same(io::load_safetensors(folder / "x")["a"], full({4}, 7.F)));
  std::filesystem::remove(folder / "x");
  CHECK(same(first["b"], ones({4})));
}

TEST_CASE("safetensors: data that is not aligned, bools that are not 0 or 1", "[io]") {
  const std::string header = R"({"b":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]},)"
                             R"("x":{"dtype":"F32","shape":[1],"data_offsets":[3,7]}} )";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  bytes += header + std::string("\0\x02\xff\0\0\x80\x3f", 7);
  const auto file = io::MappedFile::copy_of(bytes, "memory");
  const nn::StateDict state = io::read_safetensors(*file);
  CHECK(same(state["b"], tensor({false, true, true})));
  CHECK(same(state["x"], ones({1})));
}

TEST_CASE("safetensors: what cannot be saved", "[io][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  io::save_safetensors(path, {{"old", ones({1})}});
  const auto save = [&](const nn::StateDict& state, const io::Metadata& metadata = {}) {
    io::save_safetensors(path, state, metadata);
  };
  CHECK_THROWS_AS(save({{"a", Tensor()}}), ValueError);
  CHECK_THROWS_WITH(save({{"a", Tensor()}}), "cannot save \"a\": the tensor is undefined");
  CHECK_THROWS_WITH(save({{"a", ones({1})}, {"b", empty({2}, {.device = meta})}}),
                    "cannot save \"b\": it is on the meta device and has no elements");
  CHECK_THROWS_WITH(
      save({{"__metadata__", ones({1})}}),
      "save_safetensors: a tensor cannot be called \"__metadata__\": the format keeps "
      "its metadata there");
  CHECK_THROWS_AS(save({{"__metadata__", ones({1})}}), ValueError);
  CHECK_THROWS_WITH(save({{"a\xff", ones({1})}}),
                    "save_safetensors: the name \"a\\xff\" is not UTF-8");
  CHECK_THROWS_AS(save({{"\xed\xa0\x80", ones({1})}}), ValueError);
  CHECK_THROWS_WITH(save({}, {{"k", "\xc3"}}),
                    "save_safetensors: the metadata \"k\": \"\\xc3\" is not UTF-8");
  CHECK_THROWS_WITH(save({}, {{"k", "1"}, {"j", ""}, {"k", "2"}}),
                    "save_safetensors: the metadata has the key \"k\" twice");
  CHECK_THROWS_WITH(save({}, {{"k", std::string(100'000'000, 'x')}}),
                    "save_safetensors: the header would have 100000032 bytes, more than the limit "
                    "of 100000000");
  CHECK_THROWS_AS(save({{"a", ones({1}).expand({int64_t{1} << 50})}}), Error);
  // The old file is as it was, and nothing else is there.
  CHECK(names(io::load_safetensors(path)) == std::vector<std::string>{"old"});
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  CHECK_THROWS_AS(io::save_safetensors(folder / "none/x", {}), FileError);
}
