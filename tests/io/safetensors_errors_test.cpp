// What a damaged safetensors file is answered with.
#include "catch.h"
#include "golden_path.h"
#include "io/safetensors.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

using namespace wick;

namespace {

std::string with_length(uint64_t length, std::string_view rest) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xFF);
  return bytes.append(rest);
}

/// The message for a file of these bytes, without the file's name; "" if it is fine.
std::string message(const std::string& bytes) {
  try {
    io::read_safetensors(*io::MappedFile::copy_of(bytes, "f"));
    return "";
  } catch (const FileError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with("f: "));
    return text.substr(3);
  }
}

/// The message for a file with this header and `data` bytes behind it.
std::string message(std::string_view header, size_t data) {
  return message(with_length(header.size(), header) + std::string(data, '\1'));
}

/// The message for a file with one tensor, called x, of this description.
std::string one(std::string_view description, size_t data = 4) {
  return message(fmt::format(R"({{"x":{}}})", description), data);
}

}  // namespace

TEST_CASE("safetensors: sizes of the whole", "[io][errors]") {
  CHECK(message("{}", 0) == "");
  CHECK(message("{}  \n\t\r ", 0) == "");
  CHECK(message("") ==
        "not a safetensors file: it has 0 bytes, and the length of the header alone takes 8");
  CHECK(message("1234567") ==
        "not a safetensors file: it has 7 bytes, and the length of the header alone takes 8");
  CHECK(message(with_length(100'000'001, "{}")) ==
        "not a safetensors file: its first 8 bytes ask for a header of 100000001 bytes, more than "
        "the limit of 100000000");
  CHECK(message(with_length(UINT64_MAX, "{}")) ==
        "not a safetensors file: its first 8 bytes ask for a header of 18446744073709551615 bytes, "
        "more than the limit of 100000000");
  CHECK(message(with_length(3, "{}")) ==
        "the file is cut off, or is no safetensors file: its first 8 bytes ask for a header of 3 "
        "bytes, but only 2 follow");
  CHECK(message("{}", 3) ==
        "the tensors end at byte 0 of the data, but the file has 3 bytes of it");
  CHECK_THROWS_WITH(io::load_safetensors("/none/x"),
                    "cannot read /none/x: No such file or directory");
}

TEST_CASE("safetensors: headers that are not JSON", "[io][errors]") {
  CHECK(message("", 0) == "not a safetensors file: the header must begin with {, got \"\"");
  CHECK(message(" {}", 0) == "not a safetensors file: the header must begin with {, got \" {}\"");
  CHECK(message("[]", 0) == "not a safetensors file: the header must begin with {, got \"[]\"");
  CHECK_THAT(message("{\"a", 0), ContainsSubstring("the header is not valid JSON, at its byte "));
  CHECK_THAT(message("{} x", 0), ContainsSubstring("the header is not valid JSON, at its byte 4"));
  CHECK_THAT(message("{}{}", 0), ContainsSubstring("the header is not valid JSON"));
  CHECK_THAT(message("{\"\xff\":1}", 0), ContainsSubstring("the header is not valid JSON"));
  CHECK(message(std::string_view("{}\0{", 4), 0) ==
        "the header is not valid JSON, at its byte 2: a NUL");
  CHECK_THAT(one("1e999"), ContainsSubstring("the header is not valid JSON"));
  // However long the text that is wrong, the message is short.
  CHECK(message("{\"" + std::string(1'000'000, 'x'), 0).size() < 300);
}

TEST_CASE("safetensors: entries that are not what they should be", "[io][errors]") {
  CHECK(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})") == "");
  CHECK(one(R"({"data_offsets":[0,4],"dtype":"F32","shape":[1]})") == "");
  CHECK(one("1") == "tensor \"x\": must be an object with dtype, shape and data_offsets, got 1");
  CHECK(one("null") ==
        "tensor \"x\": must be an object with dtype, shape and data_offsets, got null");
  CHECK(one("[[[[[") ==
        "tensor \"x\": must be an object with dtype, shape and data_offsets, got a list");
  CHECK(one(R"({"shape":[1],"data_offsets":[0,4]})") == "tensor \"x\": \"dtype\" is missing");
  CHECK(one(R"({"dtype":"F32","data_offsets":[0,4]})") == "tensor \"x\": \"shape\" is missing");
  CHECK(one(R"({"dtype":"F32","shape":[1]})") == "tensor \"x\": \"data_offsets\" is missing");
  CHECK(one(R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})") ==
        "tensor \"x\": \"dtype\" stands twice");
  CHECK(one(R"({"dtype":"F32","shape":[1],"offsets":[0,4]})") ==
        "tensor \"x\": unknown key \"offsets\"; a tensor has dtype, shape and data_offsets");
  CHECK(one(R"({"dtype":1})") == "tensor \"x\": dtype must be a string, got 1");
  CHECK(one(R"({"dtype":{}})") == "tensor \"x\": dtype must be a string, got an object");
  CHECK(
      one(R"({"dtype":"I8"})") ==
      "tensor \"x\": dtype I8 is not supported; wick has F64, F32, F16, BF16, I64, I32, U8, BOOL: "
      "convert the tensor before it is saved");
  CHECK(one(R"({"dtype":"F128"})") ==
        "tensor \"x\": unknown dtype \"F128\"; wick has F64, F32, F16, BF16, I64, I32, U8, BOOL");
  CHECK(one(R"({"shape":3})") ==
        "tensor \"x\": shape must be a list of non-negative integers, got 3");
  CHECK(one(R"({"shape":[-1]})") ==
        "tensor \"x\": shape must be a list of non-negative integers, got the item -1");
  CHECK(one(R"({"shape":[1.5]})") ==
        "tensor \"x\": shape must be a list of non-negative integers, got the item 1.5");
  CHECK(one(R"({"shape":[[1]]})") ==
        "tensor \"x\": shape must be a list of non-negative integers, got the item a list");
  CHECK(one(R"({"shape":["1"]})") ==
        "tensor \"x\": shape must be a list of non-negative integers, got the item \"1\"");
  CHECK(one(R"({"shape":[9223372036854775808]})") ==
        "tensor \"x\": 9223372036854775808 does not fit in 64 bits");
  CHECK(one(R"({"shape":[99999999999999999999]})") ==
        "tensor \"x\": shape must be a list of non-negative integers, got the item "
        "99999999999999999999");
  CHECK(one(R"({"shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]})") ==
        "tensor \"x\": it has more than 16 dimensions, which is the most that wick takes");
  CHECK(one(R"({"data_offsets":[0]})") ==
        "tensor \"x\": data_offsets must be a list of 2 numbers, got 1");
  CHECK(one(R"({"data_offsets":[0,1,2,3]})") ==
        "tensor \"x\": data_offsets must be a list of 2 numbers, got 3 or more");
  CHECK(one(R"({"data_offsets":[0,-4]})") ==
        "tensor \"x\": data_offsets must be a list of non-negative integers, got the item -4");
}

TEST_CASE("safetensors: tensors that do not fit the data", "[io][errors]") {
  CHECK(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})") ==
        "tensor \"x\": shape [2] of F32 takes 8 bytes, but data_offsets [0, 4] hold 4");
  CHECK(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})") ==
        "tensor \"x\": data_offsets [0, 8] reach beyond the 4 bytes of data in the file; is it cut "
        "off?");
  CHECK(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})") ==
        "tensor \"x\": data_offsets [4, 0] end before they begin");
  CHECK(one(R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]})") ==
        "tensor \"x\": the size of shape [4611686018427387904, 4] overflows 64 bits");
  CHECK(one(R"({"dtype":"U8","shape":[0,4611686018427387904,4],"data_offsets":[0,0]})", 0) ==
        "tensor \"x\": the size of shape [0, 4611686018427387904, 4] overflows 64 bits");
  const auto two = [](std::string_view a, std::string_view b, size_t data,
                      std::string_view second) {
    const auto entry = [](std::string_view offsets, std::string_view name) {
      return fmt::format(R"("{}":{{"dtype":"U8","shape":[4],"data_offsets":{}}})", name, offsets);
    };
    return message("{" + entry(a, "a") + "," + entry(b, second) + "}", data);
  };
  CHECK(two("[4,8]", "[0,4]", 8, "b") == "");
  CHECK(two("[4,8]", "[0,4]", 8, "a") == "two tensors are called \"a\"");
  CHECK(two("[2,6]", "[0,4]", 8, "b") ==
        "tensor \"a\": data_offsets [2, 6] overlap those of tensor \"b\", [0, 4]");
  CHECK(two("[0,4]", "[0,4]", 4, "b") ==
        "tensor \"b\": data_offsets [0, 4] overlap those of tensor \"a\", [0, 4]");
  CHECK(two("[5,9]", "[0,4]", 9, "b") ==
        "tensor \"a\": data_offsets [5, 9] leave a hole: the tensors before it end at byte 4");
  CHECK(two("[0,4]", "[4,8]", 9, "b") ==
        "the tensors end at byte 8 of the data, but the file has 9 bytes of it");
}

TEST_CASE("safetensors: metadata that is not text", "[io][errors]") {
  CHECK(message(R"({"__metadata__":{"a":"b"}})", 0) == "");
  CHECK(message(R"({"__metadata__":null})", 0) ==
        "__metadata__ must be an object of strings, got null");
  CHECK(message(R"({"__metadata__":{"a":1}})", 0) ==
        "__metadata__: the value of \"a\" must be a string, got 1");
  CHECK(message(R"({"__metadata__":{"a":{}}})", 0) ==
        "__metadata__: the value of \"a\" must be a string, got an object");
  CHECK(message(R"({"__metadata__":{"a":"1","b":"","a":"2"}})", 0) ==
        "__metadata__ has the key \"a\" twice");
  CHECK(message(R"({"__metadata__":{},"__metadata__":{}})", 0) ==
        "the header has \"__metadata__\" twice");
}

TEST_CASE("safetensors: a dtype that wick does not have, in a real file", "[io][errors]") {
  const std::string path = golden_path("io/int8.safetensors");
  CHECK_THROWS_WITH(io::load_safetensors(path),
                    path +
                        ": tensor \"x\": dtype I8 is not supported; wick has F64, F32, F16, "
                        "BF16, I64, I32, U8, BOOL: convert the tensor before it is saved");
}

TEST_CASE("safetensors: headers of very many names, of one long name, of nesting", "[io]") {
  // Also under the sanitizers: a moment, where quadratic work would take hours.
  std::string header = "{";
  for (int i = 0; i < 200'000; ++i)
    header += fmt::format(R"("{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}},)", i);
  header.back() = '}';
  CHECK(message(header, 0) == "");
  CHECK_THAT(message("{\"" + std::string(20'000'000, 'x') + "\":1}", 0),
             ContainsSubstring("got 1"));
  CHECK_THAT(message("{\"x\":" + std::string(20'000'000, '['), 0), ContainsSubstring("a list"));
  CHECK_THAT(one("{\"shape\":[" + std::string(20'000'000, '0')),
             ContainsSubstring("not valid JSON"));
}
