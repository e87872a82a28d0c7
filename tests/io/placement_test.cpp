// Where bytes stand in a file: at odd offsets, shared with others, behind what should be the end.
#include <string>
#include <string_view>

#include "catch.h"
#include "io/mapped_file.h"
#include "io/sample_tensors.h"
#include "io/temporary_folder.h"
#include "io/zip.h"
#include "wick/wick.h"

using namespace wick;

namespace {

std::string little_endian(uint64_t value, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

/// A safetensors file with this header, filled up with spaces to `size` bytes.
std::string safetensors(std::string header, size_t size, std::string_view data) {
  REQUIRE(header.size() <= size);
  header.resize(size, ' ');
  return little_endian(size, 8) + header + std::string(data);
}

}  // namespace

TEST_CASE("safetensors: a header whose length looks like another format", "[io]") {
  const TemporaryFolder folder;
  const std::string header = R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  // 128 is the first byte of a pickle, 0x80; 80 is the "P" of a zip archive, 147 begins an .npy.
  for (const size_t size : {size_t{80}, size_t{123}, size_t{127}, size_t{128}, size_t{129},
                            size_t{147}, size_t{0x4B50}, size_t{0x0280}}) {
    CAPTURE(size);
    io::write_file(folder / "x", safetensors(header, size, std::string_view("\0\0\x80\x3f", 4)));
    const nn::StateDict state = io::load_state(folder / "x");
    CHECK(same(state["x"], ones({1})));
    CHECK(same(io::load_safetensors(folder / "x")["x"], ones({1})));
  }
}

TEST_CASE("safetensors: tensors at odd offsets of a mapped file", "[io]") {
  const TemporaryFolder folder;
  for (const DType dtype : all_dtypes)
    for (const size_t before : {size_t{1}, size_t{2}, size_t{3}, size_t{4}, size_t{7}}) {
      const Tensor x = any_bits({2, 3}, dtype, 7);
      const std::string data = std::string(before, '\1') + bits(x);
      const std::string_view type = dtype == float32    ? "F32"
                                    : dtype == float64  ? "F64"
                                    : dtype == bfloat16 ? "BF16"
                                    : dtype == float16  ? "F16"
                                    : dtype == int64    ? "I64"
                                    : dtype == int32    ? "I32"
                                    : dtype == uint8    ? "U8"
                                                        : "BOOL";
      const std::string header =
          fmt::format(R"({{"b":{{"dtype":"U8","shape":[{0}],"data_offsets":[0,{0}]}},)"
                      R"("x":{{"dtype":"{1}","shape":[2,3],"data_offsets":[{0},{2}]}}}})",
                      before, type, data.size());
      io::write_file(folder / "x", safetensors(header, 160, data));
      const nn::StateDict state = io::load_safetensors(folder / "x");
      CAPTURE(name(dtype), before);
      CHECK(same(state["x"], x));
      CHECK(state["b"].numel() == static_cast<int64_t>(before));
      // What is computed with it reads aligned memory.
      CHECK(reinterpret_cast<uintptr_t>(core::bytes(state["x"])) % element_size(dtype) == 0);
    }
}

TEST_CASE("views that share one element are saved whole, each", "[io]") {
  const TemporaryFolder folder;
  const Tensor x = arange(9., {.dtype = float32});
  nn::StateDict state;
  state.set("low", x(slice(0, 5)));
  state.set("high", x(slice(4, 9)));
  state.set("last", x(slice(8, 9)));
  state.set("every_second", x(slice(none, none, 2)));
  state.set("square", x.view({3, 3}).t());
  for (const char* name : {"a.safetensors", "a.pt", "a.npz"}) {
    CAPTURE(name);
    io::save_state(folder / name, state);
    const nn::StateDict loaded = io::load_state(folder / name);
    REQUIRE(loaded.size() == state.size());
    for (const auto& [key, tensor] : state) {
      CAPTURE(key);
      CHECK(same(loaded[key], tensor));
    }
    // Writing into one of them shows in no other, but for .pt, which keeps what views share.
    if (std::string_view(name).ends_with(".pt")) continue;
    loaded["low"].fill_(7);
    CHECK(same(loaded["high"], x(slice(4, 9))));
    CHECK(same(loaded["last"], x(slice(8, 9))));
  }
}

TEST_CASE("zip: bytes behind a deflated entry's stream are damage", "[io][errors]") {
  // One entry, deflated as a stored block, and `behind` more bytes that belong to it.
  const auto archive = [](const std::string& behind) {
    const std::string data = "hello";
    const std::string stream = "\x01" + little_endian(5, 2) + little_endian(0xFFFA, 2) + data;
    const std::string body = stream + behind;
    const uint64_t crc = 0x3610A686;  // of "hello"
    const std::string common = little_endian(20, 2) + little_endian(0, 2) + little_endian(8, 2) +
                               little_endian(0, 4) + little_endian(crc, 4) +
                               little_endian(body.size(), 4) + little_endian(data.size(), 4) +
                               little_endian(1, 2) + little_endian(0, 2);
    const std::string local = "PK\x03\x04" + common + "a" + body;
    const std::string central = "PK\x01\x02" + little_endian(20, 2) + common +
                                std::string(14 - 4, '\0') + little_endian(0, 4) + "a";
    return local + central + "PK\x05\x06" + std::string(4, '\0') + little_endian(1, 2) +
           little_endian(1, 2) + little_endian(central.size(), 4) + little_endian(local.size(), 4) +
           little_endian(0, 2);
  };
  const auto read = [](const std::string& bytes) {
    const io::ZipReader zip(io::MappedFile::copy_of(bytes, "f.zip"));
    return std::string(zip.read(*zip.find("a"), 5)->bytes());
  };
  CHECK(read(archive("")) == "hello");
  for (const std::string behind : {"x", "\0", "hello"})
    CHECK_THROWS_WITH(read(archive(behind + "!")),
                      ContainsSubstring("does not inflate to what it was"));
  CHECK_THROWS_WITH(read(archive(std::string(1, '\0'))),
                    ContainsSubstring("does not inflate to what it was"));
}
