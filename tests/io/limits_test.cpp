// Readers at the edges of what they take: the last size, character, dimension and byte that is
// right, and the first that is not.
#include <string>
#include <vector>

#include "catch.h"
#include "io/byte_count.h"
#include "io/npy.h"
#include "io/quote.h"
#include "io/safetensors.h"
#include "io/state.h"
#include "io/temporary_folder.h"
#include "io/torch.h"
#include "text/utf8.h"
#include "wick/io/file.h"
#include "wick/wick.h"

using namespace wick;
using namespace std::string_literals;

namespace {

std::string little_endian(uint64_t value, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

/// What `f` throws of the type E; "" if nothing.
template <class E = FileError, class F>
std::string said(F f) {
  try {
    f();
    return "";
  } catch (const E& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("read_file: a file of exactly the limit is read, one byte more is not", "[io][limits]") {
  const TemporaryFolder folder;
  io::write_file(folder / "x", "12345");
  CHECK(io::read_file(folder / "x", 5) == "12345");
  CHECK(io::read_file(folder / "x", 6) == "12345");
  CHECK(said([&] { io::read_file(folder / "x", 4); }) ==
        "cannot read " + (folder / "x") + ": it has 5 bytes, more than the limit of 4");
  io::write_file(folder / "empty", "");
  CHECK(io::read_file(folder / "empty", 0).empty());
  CHECK_THROWS_AS(io::read_file(folder / "x", 0), FileError);
  // Bytes that were written before may be replaced before the file is there.
  {
    io::AtomicFile file(folder / "y");
    file.write("abc");
    file.write("");
    file.write("def");
    file.write_at(2, "XY");
    CHECK(file.size() == 6);
    file.commit();
  }
  CHECK(io::read_file(folder / "y") == "abXYef");
}

TEST_CASE("byte_count: sizes that fit in 64 bits", "[io][limits]") {
  CHECK(io::byte_count({}, float64) == 8);
  CHECK(io::byte_count({3, 5}, float16) == 30);
  CHECK(io::byte_count({0, 5}, float64) == 0);
  CHECK(io::byte_count({INT64_MAX}, uint8) == INT64_MAX);
  CHECK(io::byte_count({INT64_MAX / 8}, int64) == INT64_MAX / 8 * 8);
  CHECK_FALSE(io::byte_count({INT64_MAX / 8 + 1}, int64));
  CHECK_FALSE(io::byte_count({INT64_MAX, 2}, uint8));
  CHECK_FALSE(io::byte_count({0, INT64_MAX, 2}, uint8));  // its strides do not fit
  CHECK(io::byte_count({0, INT64_MAX}, uint8) == 0);
}

TEST_CASE("safetensors: lengths of the header", "[io][limits]") {
  const std::string header = R"({"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  const auto read = [](const std::string& bytes) {
    return said([&] { io::read_safetensors(*io::MappedFile::copy_of(bytes, "f")); });
  };
  const auto file = [&](uint64_t length, const std::string& data) {
    return little_endian(length, 8) + header + data;
  };
  CHECK(read(file(header.size(), "ab")) == "");
  CHECK(read(file(header.size(), "a")) != "");
  CHECK(read(file(header.size(), "abc")) != "");
  CHECK_THAT(read(file(header.size() + 3, "ab")), ContainsSubstring("the file is cut off"));
  CHECK_THAT(read(file(io::safetensors_max_header, "ab")), ContainsSubstring("but only"));
  CHECK_THAT(read(file(io::safetensors_max_header + 1, "ab")),
             ContainsSubstring("more than the limit of 100000000"));
  CHECK_THAT(read(little_endian(0, 7)), ContainsSubstring("it has 7 bytes"));
  CHECK_THAT(read(little_endian(0, 8)), ContainsSubstring("must begin with {"));
  CHECK(read(little_endian(2, 8) + "{}") == "");
  // As many dimensions as wick has, and one more.
  const auto with_dims = [&](int64_t dims) {
    std::string shape = "2";
    for (int64_t i = 1; i < dims; ++i) shape += ",1";
    const std::string text =
        R"({"x":{"dtype":"U8","shape":[)" + shape + R"(],"data_offsets":[0,2]}})";
    return read(little_endian(text.size(), 8) + text + "ab");
  };
  CHECK(with_dims(16) == "");
  CHECK_THAT(with_dims(17), ContainsSubstring("more than 16 dimensions"));
  const auto with = [&](const std::string& shape, const std::string& offsets) {
    const std::string text =
        R"({"x":{"dtype":"U8","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
    return read(little_endian(text.size(), 8) + text + "ab");
  };
  CHECK(with("[2]", "[0,2]") == "");
  CHECK(with("[2]", "[0]") != "");
  CHECK(with("[2]", "[0,2,2]") != "");
  CHECK(with("[2]", "[]") != "");
  CHECK(with("[9223372036854775807]", "[0,9223372036854775807]") != "");
  CHECK_THAT(with("[9223372036854775808]", "[0,2]"), ContainsSubstring("does not fit in 64 bits"));
  CHECK_THAT(with("[2]", "[2,0]"), ContainsSubstring("end before they begin"));
  CHECK_THAT(with("[1]", "[1,2]"), ContainsSubstring("leave a hole"));
}

TEST_CASE("safetensors: what is written begins aligned, whatever the names", "[io][limits]") {
  const TemporaryFolder folder;
  for (size_t letters = 0; letters < 20; ++letters) {
    const std::string name(letters, 'n');
    io::save_safetensors(folder / "x", {{name, ones({2}, float64)}});
    const std::string bytes = io::read_file(folder / "x");
    uint64_t length = 0;
    for (size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
    CHECK(length % 8 == 0);
    CHECK(length - (bytes.rfind('}') + 1 - 8) < 8);  // and no longer than it has to be
    CHECK(bytes.size() == 8 + length + 16);
    CHECK(equal(io::load_safetensors(folder / "x")[name], ones({2}, float64)));
  }
  CHECK_THROWS_AS(io::save_safetensors(folder / "y", {{"\xff", ones({1})}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(folder / "y", {}, {{"\xff", ""}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(folder / "y", {}, {{"a", "\xff"}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(folder / "y", {}, {{"a", "1"}, {"a", "2"}}), ValueError);
  CHECK_FALSE(std::filesystem::exists(folder / "y"));
  const io::Metadata metadata{{"b", "1"}, {"a", "\"2\"\n"}, {"", ""}};
  io::save_safetensors(folder / "y", {{"x", ones({1})}}, metadata);
  CHECK(io::safetensors_metadata(folder / "y") == metadata);
}

TEST_CASE("torch: dicts in dicts down to the deepest that is taken", "[io][limits]") {
  const auto nested = [](int depth) {
    // A tensor under depth dicts; each is the only value of the one around it, beside a number, so
    // that none of them is found to be the state dict itself.
    std::string code = "\x80\2";
    for (int i = 0; i < depth; ++i) code += "}(X\1\0\0\0t"s;
    code +=
        "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"
        "0X\3\0\0\0cpuK\1tQK\0K\1\x85K\1\x85\x89}tR"s;
    for (int i = 0; i < depth; ++i) code += "u";
    const TemporaryFolder folder;
    io::AtomicFile file(folder / "x.pt");
    io::ZipWriter zip(file);
    zip.add("x/data.pkl", {code + "."});
    zip.add("x/data/0", {std::string(4, '\0')});
    zip.finish();
    file.commit();
    const auto in_memory = io::MappedFile::copy_of(io::read_file(folder / "x.pt"), "x.pt");
    return said([&] {
      const nn::StateDict state = io::read_torch(in_memory, {.key = "t"});
      CHECK(state.size() == 1);
    });
  };
  CHECK(nested(2) == "");
  CHECK(nested(io::torch_max_depth + 2) == "");
  CHECK(nested(io::torch_max_depth + 3) ==
        "x.pt: its dicts are nested deeper than " + std::to_string(io::torch_max_depth));
}

TEST_CASE("load_state: what other files are", "[io][limits]") {
  const auto of = [](const std::string& bytes) {
    return said([&] { io::read_state(io::MappedFile::copy_of(bytes, "f")); });
  };
  CHECK_THAT(of(""), ContainsSubstring("it is empty"));
  CHECK_THAT(of("x"), ContainsSubstring("it begins with \"x\""));
  CHECK_THAT(of("123456789"), ContainsSubstring("it begins with \"12345678\""));
  CHECK_THAT(of("version https://git-lfs.github.com"), ContainsSubstring("Git LFS"));
  CHECK_THAT(of("\x1f\x8b."), ContainsSubstring("gzip"));
  CHECK_THAT(of("\x28\xb5\x2f\xfd."), ContainsSubstring("zstd"));
  CHECK_THAT(of("\xfd"
                "7zXZ."),
             ContainsSubstring("xz"));
  CHECK_THAT(of("BZh9"), ContainsSubstring("bzip2"));
  CHECK_THAT(of(std::string(257, 'a') + "ustar"), ContainsSubstring("tar archive"));
  CHECK_THAT(of(std::string(256, 'a') + "ustar"), ContainsSubstring("it begins with"));
  CHECK_THAT(of(std::string(257, 'a')), ContainsSubstring("it begins with"));
  CHECK_THAT(of("\x89HDF\r\n."), ContainsSubstring("HDF5"));
  CHECK_THAT(of("GGUF"), ContainsSubstring("GGUF"));
  CHECK_THAT(of("\x1c\0\0\0TFL3"s), ContainsSubstring("TensorFlow Lite"));
  CHECK_THAT(of("<!DOCTYPE html>"), ContainsSubstring("HTML"));
  CHECK_THAT(of(" \n\t{\"a\": 1}"), ContainsSubstring("looks like JSON"));
  CHECK_THAT(of("[1]"), ContainsSubstring("looks like JSON"));
  CHECK_THAT(of(std::string(99, ' ') + "{"), ContainsSubstring("looks like JSON"));
  CHECK_THAT(of(std::string(100, ' ') + "{"), ContainsSubstring("it begins with"));
}

TEST_CASE("save_state: extensions in any case, of the last part of the path", "[io][limits]") {
  const TemporaryFolder folder;
  const nn::StateDict state{{"x", ones({2})}};
  for (const char* name : {"a.safetensors", "a.PT", "a.Pth", "a.b.npz", ".npz", "A.SafeTensors"}) {
    io::save_state(folder / name, state);
    CHECK(equal(io::load_state(folder / name)["x"], ones({2})));
  }
  for (const char* name : {"a", "a.", "a.np", "npz", "a.npz.", "a.safetensor", "a.pt/x"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(io::save_state(folder / name, state), ValueError);
  }
}

TEST_CASE("torch: sizes and strides of one, four and eight bytes", "[io][limits]") {
  const TemporaryFolder folder;
  for (const int64_t rows : {int64_t{0}, int64_t{1}, int64_t{255}, int64_t{256}, int64_t{65535},
                             int64_t{0x7FFFFFFF}, int64_t{0x80000000}, int64_t{1} << 40}) {
    CAPTURE(rows);
    const Tensor x = arange(3., {.dtype = float32}).view({1, 3}).expand({rows, 3});
    io::save_torch(folder / "x.pt", {{"x", x}});
    const Tensor back = io::load_torch(folder / "x.pt")["x"];
    CHECK(back.shape() == x.shape());
    if (rows > 0) CHECK(equal(back[rows - 1], x[rows - 1]));
  }
  // Places in a storage, too.
  const Tensor base = arange(70000., {.dtype = float32});
  for (const int64_t at : {0, 1, 255, 256, 65536}) {
    io::save_torch(folder / "x.pt", {{"all", base}, {"from", base.slice(0, at, at + 2)}});
    const nn::StateDict back = io::load_torch(folder / "x.pt");
    CHECK(back["from"].storage_offset() == at);
    CHECK(equal(back["from"], base.slice(0, at, at + 2)));
  }
}

TEST_CASE("torch: storages without a type, and many names without a tensor", "[io][limits]") {
  const TemporaryFolder folder;
  const auto text = [](const std::string& value) {
    return "X" + little_endian(value.size(), 4) + value;
  };
  const auto read = [&](const std::string& pickle) {
    io::AtomicFile file(folder / "x.pt");
    io::ZipWriter zip(file);
    zip.add("x/data.pkl", {"\x80\2" + pickle + "."});
    zip.add("x/data/0", {std::string("\0\0\x80\x3f\0\0\0\x40", 8)});
    zip.finish();
    file.commit();
    return io::load_torch(folder / "x.pt");
  };
  // Its size counts bytes, and the tensor says what they are.
  const auto untyped = [&](char bytes, const std::string& dtype) {
    return "}" + text("w") + "ctorch._utils\n_rebuild_tensor_v3\n((" + text("storage") +
           "ctorch\nUntypedStorage\n" + text("0") + text("cpu") + "K" + bytes +
           "tQK\0(K\2t(K\1t\x89}ctorch\n"s + dtype + "\ntRs";
  };
  CHECK(equal(read(untyped(8, "float32"))["w"], tensor({1., 2.})));
  CHECK_THAT(said([&] { read(untyped(7, "float32")); }),
             ContainsSubstring("in a storage of 7 bytes"));
  CHECK_THAT(said([&] { read(untyped(8, "float64")); }), ContainsSubstring("reaches beyond"));
  CHECK_THAT(said([&] { read(untyped(8, "int8")); }), ContainsSubstring("which wick has not"));
  const auto names = [&](int count) {
    std::string pickle = "}(";
    for (int i = 0; i < count; ++i) pickle += text("n" + std::to_string(i)) + "N";
    return said([&] { read(pickle + "u"); });
  };
  CHECK(names(20).ends_with("\"n19\""));
  CHECK(names(21).ends_with("\"n19\", ..."));
  CHECK_THAT(said([&] { read("}NNs"); }), ContainsSubstring("it has no names"));
}

TEST_CASE("safetensors: data of more bytes than 64 bits count is not written", "[io][limits]") {
  const TemporaryFolder folder;
  const Tensor half = ones({1}).expand({int64_t{1} << 60});  // 2^62 bytes
  CHECK(said<ValueError>([&] {
          io::save_safetensors(folder / "x", {{"a", half}, {"b", half}});
        }) == "save_safetensors: the size of the data overflows 64 bits at \"b\"");
  CHECK_FALSE(std::filesystem::exists(folder / "x"));
  const auto read = [](const std::string& header) {
    const std::string bytes = little_endian(header.size(), 8) + header;
    return said([&] { io::read_safetensors(*io::MappedFile::copy_of(bytes, "f")); });
  };
  CHECK_THAT(read(R"({"x":true})"), ContainsSubstring("got true"));
  CHECK_THAT(read(R"({"x":{"dtype":false}})"),
             ContainsSubstring("dtype must be a string, got false"));
  CHECK_THAT(read(R"({"x":{"shape":[true]}})"), ContainsSubstring("got the item true"));
  CHECK_THAT(read(R"({"__metadata__":{"a":false}})"),
             ContainsSubstring("must be a string, got false"));
  CHECK_THAT(read(R"({"__metadata__":null})"), ContainsSubstring("must be an object of strings"));
}

TEST_CASE("what is shown of a text is cut after 100 bytes, between characters", "[io][limits]") {
  CHECK(io::printable(std::string(100, 'x')) == std::string(100, 'x'));
  CHECK(io::printable(std::string(101, 'x')) == std::string(100, 'x') + "...");
  CHECK(io::printable(std::string(99, 'x') + "é") == std::string(99, 'x') + "é");
  CHECK(io::printable("\x1f \x7f\xff\n") == "\\x1f \\x7f\\xff\\x0a");
  CHECK(io::quoted("a\"b") == "\"a\"b\"");
}
