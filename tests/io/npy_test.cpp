#include "wick/io/npy.h"

#include "catch.h"
#include "golden_path.h"
#include "io/npy.h"
#include "io/sample_tensors.h"
#include "io/temporary_folder.h"
#include "wick/io/file.h"

using namespace wick;

namespace {

const std::vector<std::pair<std::string, DType>> numpy_dtypes = {
    {"f8", float64}, {"f4", float32}, {"f2", float16}, {"i8", int64},
    {"i4", int32},   {"u1", uint8},   {"b1", bool_}};

Tensor golden(const std::string& name) { return io::load_npy(golden_path("io/" + name + ".npy")); }

/// An npy file of version `major` with this header and `data` behind it.
std::string npy(std::string_view header, std::string_view data, char major = 1) {
  std::string bytes(io::npy_magic);
  bytes +=
      {major, 0, static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  if (major > 1) bytes.append(2, '\0');
  return bytes.append(header).append(data);
}

Tensor read(const std::string& bytes) {
  const auto file = io::MappedFile::copy_of(bytes, "f");
  return io::read_npy(*file, 0, file->size());
}

/// The message for a file of these bytes, without the file's name; "" if it is fine.
std::string message(const std::string& bytes) {
  try {
    read(bytes);
    return "";
  } catch (const FileError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with("f: "));
    return text.substr(3);
  }
}

std::string header_message(std::string_view header) {
  const std::string text = message(npy(header, std::string(64, '\1')));
  const std::string_view damaged = "the npy header is damaged: ";
  return text.starts_with(damaged) ? text.substr(damaged.size()) : text;
}

}  // namespace

TEST_CASE("npy: files of NumPy", "[io]") {
  for (const auto& [descr, dtype] : numpy_dtypes) {
    INFO(descr);
    CHECK(same(golden("c_" + descr), golden_values({3, 4}, dtype)));
    CHECK(same(golden("fortran_" + descr), golden_values({3, 4}, dtype)));
    CHECK(golden("fortran_" + descr).is_contiguous());
    if (element_size(dtype) > 1)
      CHECK(same(golden("big_endian_" + descr), golden_values({3, 4}, dtype)));
  }
  CHECK(same(golden("big_endian_fortran_i4"), golden_values({2, 3, 4}, int32)));
  CHECK(same(golden("fortran_3d_f4"), golden_values({2, 3, 4}, float32)));
  CHECK(same(golden("scalar_f4"), golden_values({}, float32)));
  CHECK(same(golden("one_dim_i8"), golden_values({7}, int64)));
  CHECK(same(golden("empty_f4"), golden_values({3, 0}, float32)));
  CHECK(same(golden("empty_fortran_f8"), golden_values({0, 4, 2}, float64)));
  CHECK(same(golden("version_2_f4"), golden_values({3, 4}, float32)));
  CHECK(same(golden("version_3_f4"), golden_values({3, 4}, float32)));
}

TEST_CASE("npy: files are those of NumPy, byte for byte", "[io]") {
  const TemporaryFolder folder;
  const auto saved = [&](const Tensor& x) {
    io::save_npy(folder / "x.npy", x);
    return io::read_file(folder / "x.npy");
  };
  const auto numpy = [](const std::string& name) {
    return io::read_file(golden_path("io/" + name + ".npy"));
  };
  for (const auto& [descr, dtype] : numpy_dtypes)
    CHECK(saved(golden_values({3, 4}, dtype)) == numpy("c_" + descr));
  CHECK(saved(golden_values({}, float32)) == numpy("scalar_f4"));
  CHECK(saved(golden_values({7}, int64)) == numpy("one_dim_i8"));
  CHECK(saved(golden_values({3, 0}, float32)) == numpy("empty_f4"));
}

TEST_CASE("npy: every bit comes back", "[io]") {
  const TemporaryFolder folder;
  std::vector<DType> dtypes;
  for (const auto& [descr, dtype] : numpy_dtypes) dtypes.push_back(dtype);
  for (const auto& [name, x] : any_state(dtypes)) {
    INFO(name);
    io::save_npy(folder / "x.npy", x);
    CHECK(same(io::load_npy(folder / "x.npy"), x));
  }
  const Tensor deep = any_bits(Shape::filled(Shape::max_rank, 1), float32, 1);
  io::save_npy(folder / "x.npy", deep);
  CHECK(same(io::load_npy(folder / "x.npy"), deep));
}

TEST_CASE("npy: a tensor refers to the file, which nothing changes", "[io]") {
  const TemporaryFolder folder;
  io::save_npy(folder / "x.npy", zeros({4}));
  const std::string before = io::read_file(folder / "x.npy");
  const Tensor x = io::load_npy(folder / "x.npy");
  io::load_npy(folder / "x.npy").fill_(7);
  CHECK(io::read_file(folder / "x.npy") == before);
  CHECK(same(x, zeros({4})));
}

TEST_CASE("npy: headers that others write", "[io]") {
  const std::string one("\0\0\x80\x3f", 4);
  const Tensor expected = ones({1});
  for (const std::string_view header : {
           "{'descr':'<f4','fortran_order':False,'shape':(1,)}",
           "{\"shape\": (1,), \"descr\": \"<f4\", \"fortran_order\": False}",
           "  { 'fortran_order' : True , 'shape' : ( 1 , ) , 'descr' : '=f4' , }  \n",
           "{'descr': 'f4', 'fortran_order': False, 'shape': (1L,), }\n",
       })
    for (const char major : {'\1', '\2', '\3'})
      CHECK(same(read(npy(header, one, major)), expected));
  // What is behind the elements is left alone, as NumPy does.
  CHECK(same(read(npy("{'descr':'<f4','fortran_order':False,'shape':(1,)}", one + "more")),
             expected));
  CHECK(same(read(npy("{'descr':'|b1','fortran_order':False,'shape':(3,)}",
                      std::string_view("\0\x02\xff", 3))),
             tensor({false, true, true})));
  CHECK(same(read(npy("{'descr':'>u1','fortran_order':False,'shape':(2,)}", "\3\4")),
             tensor({3, 4}, uint8)));
}

TEST_CASE("npy: arrays that wick does not have", "[io][errors]") {
  CHECK_THROWS_WITH(
      golden("object"),
      golden_path("io/object.npy") +
          ": arrays of Python objects are not supported: reading them would run code in the file");
  CHECK_THROWS_WITH(golden("complex"),
                    golden_path("io/complex.npy") +
                        ": the dtype \"<c16\" is not supported; wick reads f8, f4, f2, i8, i4, u1 "
                        "and b1: convert the array with x.astype() before it is saved");
  CHECK_THROWS_WITH(golden("structured"), ContainsSubstring("structured arrays are not supported"));
  for (const std::string_view descr :
       {"|i1", "<i2", "<u2", "<u4", "<u8", "<c8", "<f16", "|S3", "<U2", "|V2", "<M8[s]", "", "<"})
    CHECK(
        header_message(fmt::format("{{'descr':'{}','fortran_order':False,'shape':()}}", descr)) ==
        fmt::format("the dtype \"{}\" is not supported; wick reads f8, f4, f2, i8, i4, u1 and b1: "
                    "convert the array with x.astype() before it is saved",
                    descr));
}

TEST_CASE("npy: files that are damaged", "[io][errors]") {
  CHECK(message("") == "not an npy file: it must begin with \"\\x93NUMPY\", got \"\"");
  CHECK(message("PK\3\4....") ==
        "not an npy file: it must begin with \"\\x93NUMPY\", got \"PK\\x03\\x04..\"");
  const std::string magic(io::npy_magic);
  CHECK(message(magic) == "the file is cut off in front of the npy header");
  CHECK(message(magic + std::string("\1\0\1", 3)) ==
        "the file is cut off in front of the npy header");
  CHECK(message(magic + std::string("\4\0\0\0", 4)) ==
        "version 4.0 of the npy format is not supported; wick reads 1.0, 2.0 and 3.0");
  CHECK(message(magic + std::string("\1\1\0\0", 4)) ==
        "version 1.1 of the npy format is not supported; wick reads 1.0, 2.0 and 3.0");
  CHECK(message(magic + std::string("\2\0\xff\xff\xff\xff{", 7)) ==
        "the file is cut off: the npy header should have 4294967295 bytes, but only 1 follow");
  CHECK(message(npy("{'descr':'<f4','fortran_order':False,'shape':(2,3)}", "12345")) ==
        "the file is cut off: an array of shape [2, 3] and dtype <f4 takes 24 bytes, but only 5 "
        "follow the header");
  CHECK(message(npy("{'descr':'<f4','fortran_order':False,'shape':(4611686018427387904,4)}", "")) ==
        "the size of an array of shape [4611686018427387904, 4] overflows 64 bits");
  CHECK(
      message(npy("{'descr':'<f4','fortran_order':True,'shape':(0,4611686018427387904,4)}", "")) ==
      "the size of an array of shape [0, 4611686018427387904, 4] overflows 64 bits");
}

TEST_CASE("npy: headers that are damaged", "[io][errors]") {
  const auto shape = [](std::string_view text) {
    return header_message(fmt::format("{{'descr':'<f4','fortran_order':False,'shape':{}}}", text));
  };
  CHECK(shape("(3)") == "the shape is not a tuple, but a number");
  CHECK(shape("[3]") == "expected a tuple at its byte 45, got \"[3]}\"");
  CHECK(shape("(,)") == "expected a non-negative integer at its byte 46, got \",)}\"");
  CHECK(shape("(3 4)") == "expected ',' or ')' at its byte 48, got \"4)}\"");
  CHECK(shape("(-1,)") == "expected a non-negative integer at its byte 46, got \"-1,)}\"");
  CHECK(shape("(True,)") == "expected a non-negative integer at its byte 46, got \"True,)}\"");
  CHECK(shape("(9223372036854775808,)") ==
        "expected a number that fits in 64 bits at its byte 46, got \"9223372036854775808,\"");
  CHECK(shape("(1") == "expected ',' or ')' at its byte 47, got \"}\"");
  CHECK(shape("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)") ==
        "the array has more than 16 dimensions, which is the most that wick takes");
  CHECK(header_message("") == "expected a dict at its byte 0, got its end");
  CHECK(header_message("x") == "expected a dict at its byte 0, got \"x\"");
  CHECK(header_message("{}") == "the key 'descr' is missing");
  CHECK(header_message("{'descr':'<f4'}") == "the key 'fortran_order' is missing");
  CHECK(header_message("{'descr':'<f4','fortran_order':False,") ==
        "expected a key in quotes at its byte 37, got its end");
  CHECK(header_message("{'fortran_order':False,'descr':'<f4'}") == "the key 'shape' is missing");
  CHECK(header_message("{'descr':'<f4','descr':'<f4'}") == "the key 'descr' stands twice");
  CHECK(header_message("{'descr':'<f4','order':True}") == "unknown key \"order\"");
  CHECK(header_message("{'fortran_order':1}") ==
        "expected True or False at its byte 17, got \"1}\"");
  CHECK(header_message("{'fortran_order':Falsehood}") ==
        "expected ',' or '}' at its byte 22, got \"hood}\"");
  CHECK(header_message("{'descr'<f4") == "expected ':' at its byte 8, got \"<f4\"");
  CHECK(header_message("{'descr':'<f4") == "expected a closing quote at its byte 10, got \"<f4\"");
  CHECK(header_message("{'descr':'\\x3cf4'}") ==
        "unexpected backslash or line break in \"\\x3cf4\"");
  CHECK(shape("()}x") == "expected nothing after the dict at its byte 48, got \"x}\"");
  CHECK(header_message(std::string(60'000, '{')).size() < 300);
}

TEST_CASE("npy: what cannot be saved", "[io][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.npy";
  CHECK_THROWS_AS(io::save_npy(path, ones({2}, {.dtype = bfloat16})), TypeError);
  CHECK_THROWS_WITH(io::save_npy("x.npy", ones({2}, {.dtype = bfloat16})),
                    "cannot save \"x.npy\": NumPy has no bfloat16; convert the tensor with "
                    "x.to(wick::float32)");
  CHECK_THROWS_AS(io::save_npy(path, Tensor()), ValueError);
  CHECK_THROWS_AS(io::save_npy(path, empty({2}, {.device = meta})), ValueError);
  CHECK_THROWS_AS(io::save_npy(folder / "none/x.npy", ones({2})), FileError);
  CHECK_THROWS_WITH(io::load_npy("/none/x.npy"),
                    "cannot read /none/x.npy: No such file or directory");
  CHECK(std::filesystem::is_empty(folder.path()));
}
