#include "io/npz.h"

#include "catch.h"
#include "golden_path.h"
#include "io/sample_tensors.h"
#include "io/temporary_folder.h"
#include "wick/io/file.h"
#include "wick/io/npy.h"

using namespace wick;

namespace {

constexpr std::array numpy_dtypes = {float64, float32, float16, int64, int32, uint8, bool_};

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries,
                   bool compressed = false) {
  const TemporaryFolder folder;
  io::AtomicFile file(folder / "x.zip");
  io::ZipWriter zip(file);
  for (const auto& [name, bytes] : entries) zip.add(name, {bytes}, {.compressed = compressed});
  zip.finish();
  file.commit();
  return io::read_file(folder / "x.zip");
}

nn::StateDict read(const std::string& bytes) {
  return io::read_npz(io::ZipReader(io::MappedFile::copy_of(bytes, "f")));
}

}  // namespace

TEST_CASE("npz: files of NumPy", "[io]") {
  for (const char* name : {"io/stored.npz", "io/compressed.npz"}) {
    const nn::StateDict state = io::load_npz(golden_path(name));
    CHECK(state.size() == 4);
    CHECK(state.begin()->first == "weight");
    CHECK(same(state["weight"], golden_values({3, 4}, float32)));
    CHECK(same(state["bias"], golden_values({2, 3}, float64)));
    CHECK(same(state["scalar"], golden_values({}, int32)));
    CHECK(same(state["empty"], golden_values({0, 2}, uint8)));
  }
}

TEST_CASE("npz: every bit comes back", "[io]") {
  const TemporaryFolder folder;
  nn::StateDict state = any_state(numpy_dtypes);
  state.set("large", zeros({300, 300}));
  state.set("", ones({1}));
  state.set("x.npy", ones({2}));
  state.set("x", ones({3}));
  state.set("schön/🦆", ones({4}));
  for (const bool compressed : {false, true}) {
    io::save_npz(folder / "x.npz", state, compressed);
    CHECK(difference(state, io::load_npz(folder / "x.npz")) == "");
    CHECK((std::filesystem::file_size(folder / "x.npz") < 100'000) == compressed);
  }
  io::save_npz(folder / "x.npz", {});
  CHECK(io::load_npz(folder / "x.npz").empty());
}

TEST_CASE("npz: the elements of a stored array are aligned, so that they are not copied", "[io]") {
  const TemporaryFolder folder;
  io::save_npz(folder / "x.npz", {{"a", ones({3})}, {"bc", ones({5}, {.dtype = float64})}});
  const io::ZipReader zip(io::MappedFile::open(folder / "x.npz"));
  for (const auto& [name, tensor] : io::read_npz(zip)) {
    const char* data = core::bytes(tensor);
    CHECK(reinterpret_cast<uintptr_t>(data) % 64 == 0);
    CHECK(data > zip.file()->bytes().data());
    CHECK(data < zip.file()->bytes().data() + zip.file()->size());
  }
}

TEST_CASE("npz: archives that are not right", "[io][errors]") {
  CHECK_THROWS_WITH(io::load_npz("/none/x"), "cannot read /none/x: No such file or directory");
  CHECK_THROWS_WITH(read(""),
                    "f: not a zip archive, or one that is cut short: it has no central directory");
  CHECK_THROWS_WITH(read(zip_of({{"readme.txt", ""}})),
                    "f: not an npz file: the archive has an entry \"readme.txt\", whose name does "
                    "not end in .npy");
  CHECK_THROWS_AS(read(zip_of({{"x.npy", "text"}})), FileError);
  CHECK_THROWS_WITH(read(zip_of({{"x.npy", "text"}})),
                    "f/x.npy: not an npy file: it must begin with \"\\x93NUMPY\", got \"text\"");
  // A byte of the elements that has changed is found.
  for (const bool compressed : {false, true}) {
    const std::string npy = io::read_file(golden_path("io/c_f4.npy"));
    std::string bytes = zip_of({{"x.npy", npy}}, compressed);
    CHECK(same(read(bytes)["x"], golden_values({3, 4}, float32)));
    bytes[compressed ? 60 : 35 + npy.size() - 2] ^= 1;
    CHECK_THROWS_WITH(read(bytes),
                      ContainsSubstring("entry \"x.npy\" of the zip archive is damaged"));
  }
}

TEST_CASE("npz: what cannot be saved", "[io][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.npz";
  const Tensor ok = ones({1});
  CHECK_THROWS_WITH(io::save_npz(path, {{"a", ok}, {"b", ones({2}, {.dtype = bfloat16})}}),
                    "cannot save \"b\": NumPy has no bfloat16; convert the tensor with "
                    "x.to(wick::float32)");
  CHECK_THROWS_AS(io::save_npz(path, {{"b", ones({2}, {.dtype = bfloat16})}}), TypeError);
  CHECK_THROWS_WITH(io::save_npz(path, {{"a", ok}, {"b", Tensor()}}),
                    "cannot save \"b\": the tensor is undefined");
  CHECK_THROWS_AS(io::save_npz(path, {{"b", empty({2}, {.device = meta})}}), ValueError);
  CHECK_THROWS_WITH(io::save_npz(path, {{"\xff", ok}}),
                    "save_npz: the name \"\\xff\" is not UTF-8");
  CHECK_THROWS_AS(io::save_npz(path, {{std::string("a\0b", 3), ok}}), ValueError);
  CHECK_THROWS_AS(io::save_npz(path, {{std::string(70'000, 'x'), ok}}), ValueError);
  CHECK_THROWS_AS(io::save_npz(folder / "none/x.npz", {}), FileError);
  CHECK(std::filesystem::is_empty(folder.path()));
}
