// Checkpoints that are small and would be large in memory.
#include <algorithm>

#include "catch.h"
#include "core/pool.h"
#include "core/tensor_impl.h"
#include "io/pickle_code.h"
#include "io/temporary_folder.h"
#include "io/torch.h"
#include "wick/wick.h"

using namespace wick;
using namespace pickle_code;

namespace {

/// An archive of which every file is deflated.
std::string archive(const std::vector<std::pair<std::string, std::string>>& files) {
  const TemporaryFolder folder;
  io::AtomicFile file(folder / "x");
  io::ZipWriter zip(file);
  for (const auto& [name, bytes] : files) zip.add(name, {bytes}, {.compressed = true});
  zip.finish();
  file.commit();
  return io::read_file(folder / "x");
}

nn::StateDict read(std::string_view bytes) {
  return io::read_torch(io::MappedFile::copy_of(bytes, "m.pt"));
}

const std::vector<std::pair<std::string, int64_t>> types = {
    {"FloatStorage", 4}, {"DoubleStorage", 8}, {"HalfStorage", 2}, {"BFloat16Storage", 2},
    {"LongStorage", 8},  {"IntStorage", 4},    {"ByteStorage", 1}, {"BoolStorage", 1}};

/// {"0": a tensor of the first type, ...}, each of all `bytes` bytes of storage "0".
std::string every_type(int64_t bytes, const std::string& metadata = "") {
  std::string code = "\x80\2}(";
  for (size_t i = 0; i < types.size(); ++i) {
    const int64_t count = bytes / types[i].second;
    code +=
        text(std::to_string(i)) +
        tensor({count}, {1}, 0, {.elements = count, .type = types[i].first, .metadata = metadata});
  }
  return code + "u.";
}

}  // namespace

TEST_CASE("torch: a storage is inflated once, whatever views it", "[io]") {
  constexpr int64_t size = 1 << 20;
  const nn::StateDict state =
      read(archive({{"x/data.pkl", every_type(size)}, {"x/data/0", std::string(size, '\1')}}));
  REQUIRE(state.size() == types.size());
  for (size_t i = 0; i + 1 < types.size(); ++i) {  // bools are copied
    const Tensor x = state[std::to_string(i)];
    CHECK(core::bytes(x) == core::bytes(state["0"]));
    CHECK(x.numel() * types[i].second == size);
  }
  CHECK(state["7"].sum().item<int64_t>() == size);
}

TEST_CASE("torch: a hundred thousand tensors of one storage take no memory of their own", "[io]") {
  constexpr int64_t size = 1 << 20;
  std::string code =
      "\x80\2}(" + text("first") + tensor({size}, {1}, 0, {.elements = size}) + "\x94";
  for (int i = 0; i < 100'000; ++i) code += text(std::to_string(i)) + std::string("h\0", 2);
  const nn::StateDict state =
      read(archive({{"x/data.pkl", code + "u."}, {"x/data/0", std::string(4 * size, '\0')}}));
  CHECK(state.size() == 100'001);
  CHECK(core::bytes(state["7"]) == core::bytes(state["99999"]));
}

TEST_CASE("torch: copies of one storage are of one dtype", "[io][errors]") {
  constexpr int64_t size = 1 << 10;
  const std::string bytes(size, '\1');
  CHECK_THROWS_WITH(
      read(
          archive({{"x/data.pkl", every_type(size)}, {"x/data/0", bytes}, {"x/byteorder", "big"}})),
      "m.pt: tensor \"1\" is of float64, but another of the same storage is of float32");
  CHECK_THROWS_WITH(
      read(archive({{"x/data.pkl", every_type(size, negated)}, {"x/data/0", bytes}})),
      "m.pt: tensor \"1\" is of float64, but another of the same storage is of float32");
}

TEST_CASE("torch: what is inflated has one limit for the whole file", "[io][errors]") {
  // Each storage is half of the memory; none is there, but the archive says so.
  const int64_t half = core::physical_memory() / 2 / 8 * 8;
  const int64_t count = half / 4;
  std::string code = "\x80\2}(";
  for (const char* key : {"0", "1", "2"})
    code += text(key) + tensor({count}, {1}, 0, {.elements = count, .key = key});
  io::MemoryTotal memory;
  int asked = 0;
  const auto file = io::MappedFile::copy_of(code + "u.", "m.pkl");
  const io::Pickle pickle = io::unpickle(file);
  const io::TorchStorages storages = [&](std::string_view, int64_t size) {
    ++asked;
    memory.add(size);
    return file->part(0, size, "unread");
  };
  CHECK_THROWS_AS(io::build_torch_tensors(pickle, io::find_state_dict(pickle, *file, {}), *file,
                                          storages, memory, false),
                  Error);
  CHECK(asked == 3);
}

TEST_CASE("torch: marks of a tensor", "[io]") {
  const std::string bytes("\0\0\x80\x3f\0\0\0\x40", 8);
  const auto with = [&](const std::string& metadata, const std::string& type = "FloatStorage",
                        int64_t elements = 2) {
    const std::string code =
        tensor({elements}, {1}, 0, {.elements = elements, .type = type, .metadata = metadata});
    return read(archive({{"x/data.pkl", "\x80\2" + code + "."}, {"x/data/0", bytes}}))["data"];
  };
  const auto dict = [](const std::string& items) { return "}(" + items + "u"; };
  CHECK(with("").to_vector<float>() == std::vector<float>{1, 2});
  CHECK(with("N").to_vector<float>() == std::vector<float>{1, 2});
  CHECK(with("}").to_vector<float>() == std::vector<float>{1, 2});
  CHECK(with(negated).to_vector<float>() == std::vector<float>{-1, -2});
  // PyTorch looks at the key alone.
  CHECK(with(dict(text("neg") + "\x89")).to_vector<float>() == std::vector<float>{-1, -2});
  const auto failure = [&](const std::string& metadata, const std::string& type = "FloatStorage",
                           int64_t elements = 2) -> std::string {
    try {
      (void)with(metadata, type, elements);
      return "";
    } catch (const FileError& error) {
      return error.what();
    }
  };
  CHECK(failure(dict(text("conj") + "\x88")) ==
        "m.pt: tensor \"data\" is marked as conjugated, but is not complex");
  CHECK(failure(negated, "BoolStorage", 8) ==
        "m.pt: tensor \"data\" is marked as negated, which bools cannot be");
  CHECK_THAT(failure(dict(text("sign") + "\x88")),
             ContainsSubstring("metadata of a tensor other than \"neg\" and \"conj\": \"sign\""));
  CHECK_THAT(failure("]"), !ContainsSubstring("metadata"));
  CHECK_THAT(failure("(Nl"), ContainsSubstring("metadata of a tensor"));
  CHECK_THAT(failure(dict(text("a") + "N" + text("b") + "N" + text("c") + "N")),
             ContainsSubstring("too many keys"));
}
