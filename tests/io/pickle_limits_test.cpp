// Pickles at the edges: the largest and smallest numbers of each instruction, characters of every
// length, a stack and a memo that are just long enough.
#include <string>

#include "catch.h"
#include "io/pickle.h"
#include "wick/error.h"

using namespace wick;
using namespace std::string_literals;

namespace {

io::Pickle pickled(std::string_view bytes) {
  return io::unpickle(io::MappedFile::copy_of(bytes, "p"));
}

/// The text that a pickle is.
std::string text_of(std::string_view bytes) {
  const io::Pickle pickle = pickled(bytes);
  REQUIRE(pickle.top().kind == io::PickleKind::text);
  return std::string(pickle.top().text);
}

std::string pickle_error(std::string_view bytes) {
  try {
    (void)pickled(bytes);
    return "";
  } catch (const FileError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("pickle: instructions at the ends of their ranges", "[io][limits]") {
  const auto number_of = [](std::string_view bytes) {
    const io::Pickle pickle = pickled(bytes);
    REQUIRE(pickle.top().kind == io::PickleKind::integer);
    return pickle.top().number;
  };
  CHECK(number_of("K\xff.") == 255);
  CHECK(number_of("M\xff\xff.") == 65535);
  CHECK(number_of("J\xff\xff\xff\x7f.") == INT32_MAX);
  CHECK(number_of("J\0\0\0\x80."s) == INT32_MIN);
  CHECK(number_of("\x8a\x01\x7f."s) == 127);
  CHECK(number_of("\x8a\x01\x80."s) == -128);
  CHECK(number_of("\x8a\x02\x80\0."s) == 128);
  CHECK(number_of("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f."s) == INT64_MAX);
  CHECK(number_of("\x8a\x08\0\0\0\0\0\0\0\x80."s) == INT64_MIN);
  CHECK(pickled("\x8a\x09\0\0\0\0\0\0\0\0\1."s).top().kind == io::PickleKind::other);
  CHECK(number_of("I9223372036854775807\n.") == INT64_MAX);
  CHECK(number_of("I-9223372036854775808\n.") == INT64_MIN);
  CHECK(pickled("I9223372036854775808\n.").top().kind == io::PickleKind::other);
  CHECK(pickled("I01\n.").top().kind == io::PickleKind::boolean);
  CHECK(number_of("I1\n.") == 1);
  CHECK(pickle_error("I\n.") != "");
  CHECK(pickle_error("I1x\n.") != "");
  CHECK(pickled("G\x3f\xf8\0\0\0\0\0\0."s).top().real() == 1.5);
  CHECK(pickled("F1e999\n.").top().kind == io::PickleKind::real);
  CHECK(pickle_error("F1,5\n.") != "");
  // Protocols 0 to 5.
  for (const char protocol : {'\0', '\1', '\5'})
    CHECK(pickle_error("\x80"s + protocol + "N.") == "");
  CHECK(pickle_error("\x80\6N.") ==
        "p: not a valid pickle: it is of protocol 6, newer than 5 at byte 0");
  CHECK_THAT(pickle_error("\x80\xffN."), ContainsSubstring("it is of protocol 255"));
  // A frame that ends with the file, and one that is a byte longer.
  CHECK(pickle_error("\x95\2\0\0\0\0\0\0\0N."s) == "");
  CHECK_THAT(pickle_error("\x95\3\0\0\0\0\0\0\0N."s), ContainsSubstring("a frame that is cut"));
  CHECK(pickle_error("U\1a."s) == "");
  CHECK_THAT(pickle_error("U\3a."s), ContainsSubstring("it is cut short"));
  CHECK_THAT(pickle_error("U\2a."s), ContainsSubstring("it is cut short"));  // no end is left
}

TEST_CASE("pickle: escapes give the characters at the ends of each length", "[io][limits]") {
  CHECK(text_of("V\\u0041\n.") == "A");
  CHECK(text_of("V\\u007f\n.") == "\x7f");
  CHECK(text_of("V\\u0080\n.") == "\xC2\x80");
  CHECK(text_of("V\\u07ff\n.") == "\xDF\xBF");
  CHECK(text_of("V\\u0800\n.") == "\xE0\xA0\x80");
  CHECK(text_of("V\\uffff\n.") == "\xEF\xBF\xBF");
  CHECK(text_of("V\\U00010000\n.") == "\xF0\x90\x80\x80");
  CHECK(text_of("V\\U0010ffff\n.") == "\xF4\x8F\xBF\xBF");
  CHECK_THAT(pickle_error("V\\U00110000\n."), ContainsSubstring("a wrong escape"));
  CHECK_THAT(pickle_error("V\\u004\n."), ContainsSubstring("a wrong escape"));
  CHECK_THAT(pickle_error("V\\u00g1\n."), ContainsSubstring("a wrong escape"));
  CHECK(text_of("V\\x41\\\n.") == "\\x41\\");  // only \u and \U are escapes there
  CHECK(text_of("S'\\x41\\\\\\'\\\"\\n\\r\\t\\xff'\n.") == "A\\'\"\n\r\t\xC3\xBF");
  CHECK(text_of("S\"a'b\"\n.") == "a'b");
  CHECK(text_of("S''\n.").empty());
  for (const char* bad : {"S'\n.", "Sa\n.", "S'a\"\n.", "S\n.", "S'\\u0041'\n.", "S'\\x4'\n."})
    CHECK(pickle_error(bad) != "");
  CHECK(text_of("V\xe9\n.") == "\xC3\xA9");
}

TEST_CASE("pickle: the stack, marks and the memo", "[io][limits]") {
  CHECK(pickle_error("N0N.") == "");
  CHECK_THAT(pickle_error("0N."), ContainsSubstring("nothing is on the stack"));
  CHECK_THAT(pickle_error("."), ContainsSubstring("nothing is on the stack"));
  CHECK(pickle_error("(0N.") == "");  // a mark alone is taken away
  CHECK(pickle_error("N(1.") == "");
  CHECK_THAT(pickle_error("1."), ContainsSubstring("a mark is missing"));
  CHECK_THAT(pickle_error("N(."), ContainsSubstring("nothing is on the stack"));
  CHECK(pickle_error("N2\x86.") == "");
  CHECK_THAT(pickle_error("2."), ContainsSubstring("nothing is on the stack"));
  CHECK_THAT(pickle_error("N\x86."), ContainsSubstring("nothing is on the stack"));
  CHECK(pickle_error("Nq\0h\0."s) == "");
  CHECK(pickle_error("Nq\1h\1."s) == "");  // one instruction was before it
  CHECK_THAT(pickle_error("Nq\2h\2."s), ContainsSubstring("a memo index out of order"));
  CHECK_THAT(pickle_error("Nq\1h\0."s), ContainsSubstring("a memo index that was never set"));
  CHECK_THAT(pickle_error("Nq\1h\2."s), ContainsSubstring("a memo index that was never set"));
  CHECK_THAT(pickle_error("q\0N."s), ContainsSubstring("nothing is on the stack"));
  CHECK(pickle_error("Np1\ng1\n.") == "");
  CHECK_THAT(pickle_error("Np1x\n."), ContainsSubstring("a wrong memo index"));
  CHECK_THAT(pickle_error("Np99999999999999999999\n."), ContainsSubstring("memo index"));
  CHECK(pickle_error("Nr\1\0\0\0j\1\0\0\0."s) == "");
  CHECK(pickle_error("N\x94h\0."s) == "");
  CHECK_THAT(pickle_error("}(NK\1Nu."), ContainsSubstring("a key without a value"));
  CHECK_THAT(pickle_error("N(NK\1u."), ContainsSubstring("set in what is not a dict"));
  CHECK_THAT(pickle_error("}K\1a."), ContainsSubstring("appended to what is not a list"));
  CHECK(pickle_error("]K\1a.") == "");
  CHECK(pickle_error("}NK\1s.") == "");
  CHECK_THAT(pickle_error("]NK\1s."), ContainsSubstring("set in what is not a dict"));
  CHECK_THAT(pickle_error("N}b."), ContainsSubstring("neither a dict nor a tensor"));
  CHECK(pickle_error("}}b.") == "");
}

namespace {

std::string text_code(const std::string& text) {
  std::string code = "X";
  for (int i = 0; i < 4; ++i) code += static_cast<char>(text.size() >> (8 * i));
  return code + text;
}

/// A storage, as a persistent id: ('storage', FloatStorage, key, 'cpu', elements ...).
std::string storage_code(const std::string& key, const std::string& elements = "K\6",
                         const std::string& more = "") {
  return "(" + text_code("storage") + "ctorch\nFloatStorage\n" + text_code(key) + text_code("cpu") +
         elements + more + "tQ";
}

std::string integers_code(size_t count) {
  std::string code = "(";
  for (size_t i = 0; i < count; ++i) code += "K\1";
  return code + "t";
}

std::string tensor_call(const std::string& function, const std::string& arguments) {
  return "ctorch._utils\n" + function + "\n(" + arguments + "tR.";
}

const std::string no_storage = "a persistent id that is not a storage's";
const std::string no_tensor = "with arguments that are not a tensor's";

}  // namespace

TEST_CASE("pickle: storages have a name, a type, a key and a size", "[io][limits]") {
  const auto check = [](const std::string& code, const std::string& wrong) {
    if (wrong.empty())
      CHECK(pickle_error(code + ".") == "");
    else
      CHECK_THAT(pickle_error(code + "."), ContainsSubstring(wrong));
  };
  check(storage_code("0"), "");
  check(storage_code(""), "");
  check(storage_code(std::string(1000, 'k')), "");
  check(storage_code(std::string(1001, 'k')), no_storage);
  check(storage_code("0", "K\0"s), "");
  check(storage_code("0", "J\xff\xff\xff\xff"), no_storage);  // -1
  check(storage_code("0", "N"), no_storage);
  check(storage_code("0", ""), no_storage);
  check(storage_code("0", "K\6", "N"), "");
  check(storage_code("0", "K\6", "NN"), no_storage);
  CHECK(pickled(storage_code("0", "K\6", "N") + ".").top().items.size() == 1);
  CHECK(pickled(storage_code("0", "K\6", ")") + ".").top().items.size() == 2);
  check("()Q", no_storage);
  check("NQ", no_storage);
  check(")Q", no_storage);
  check("(" + text_code("stored") + "ctorch\nFloatStorage\n" + text_code("0") + "NK\6tQ",
        no_storage);
  check("(" + text_code("storage") + "ctorch\nSize\n" + text_code("0") + "NK\6tQ", no_storage);
  check("(" + text_code("module") + "tQ", "it has a whole pickled module at byte");
}

TEST_CASE("pickle: tensors are made of four to eight arguments", "[io][limits]") {
  const std::string storage = storage_code("0");
  const std::string four = storage + "K\0"s + integers_code(2) + integers_code(2);
  const auto check = [&](const std::string& function, const std::string& arguments, bool good) {
    const std::string told = pickle_error(tensor_call(function, arguments));
    CAPTURE(function, told);
    if (good)
      CHECK(told == "");
    else
      CHECK_THAT(told, ContainsSubstring(no_tensor));
  };
  const std::string v2 = "_rebuild_tensor_v2", v3 = "_rebuild_tensor_v3";
  check("_rebuild_tensor", four, true);
  check(v2, four, true);
  check(v2, storage + "K\0"s + integers_code(2), false);
  check(v2, four + "NNN", true);
  check(v2, four + "NNNN", false);
  check(v2, storage + "N" + integers_code(2) + integers_code(2), false);
  check(v2, "N" + ("K\0"s + integers_code(2) + integers_code(2)), false);
  check(v2, storage + "K\0"s + "N" + integers_code(2), false);
  check(v2, storage + "K\0"s + integers_code(2) + "(NNt", false);
  // As many dimensions as PyTorch has; wick's own limit comes when the tensor is made.
  check(v2, storage + "K\0"s + integers_code(64) + integers_code(64), true);
  check(v2, storage + "K\0"s + integers_code(65) + integers_code(64), false);
  check(v2, storage + "K\0"s + integers_code(64) + integers_code(65), false);
  const std::string dtype = "ctorch\nfloat32\n";
  check(v3, four + "NN" + dtype, true);
  check(v3, four + "NN" + dtype + "N", true);
  check(v3, four + "NN" + dtype + "NN", false);
  check(v3, four + "NN", false);
  check(v3, four + "NNN", false);
  CHECK(pickled(tensor_call(v2, four)).top().items.size() == 4);
  CHECK(pickled(tensor_call(v3, four + "NN" + dtype)).top().items.size() == 5);
  // What else may be called, and with what.
  CHECK(pickle_error("ccollections\nOrderedDict\n)R.") == "");
  CHECK(pickle_error("ccollections\nOrderedDict\n(](K\1K\2\x86K\3K\4\x86"
                     "etR.") == "");
  CHECK(pickle_error("ccollections\nOrderedDict\n(](K\1K\2K\3\x87"
                     "etR.") != "");
  CHECK(pickle_error("ccollections\nOrderedDict\n(]]tR.") != "");
  CHECK(pickle_error("ctorch\nSize\n(K\1K\2\x86tR.") == "");
  CHECK(pickle_error("ctorch\nSize\n(K\1tR.") != "");
  CHECK(pickle_error("N)R.") != "");
  CHECK(pickle_error("ctorch\nSize\nNR.") != "");
}

TEST_CASE("pickle: a tensor with attributes is made of its function and arguments",
          "[io][limits]") {
  const std::string four = storage_code("0") + "K\0"s + integers_code(2) + integers_code(2);
  const std::string v2 = "ctorch._utils\n_rebuild_tensor_v2\n";
  const std::string from = "ctorch._tensor\n_rebuild_from_type_v2\n";
  const std::string type = "ctorch\nTensor\n";
  const auto kind = [](const std::string& code) { return pickled(code).top().kind; };
  CHECK(kind(from + "(" + v2 + type + "(" + four + "t}tR.") == io::PickleKind::tensor);
  CHECK(kind(from + "(ctorch._utils\n_rebuild_tensor_v3\n" + type + "(" + four +
             "NNctorch\nint64\nt}tR.") == io::PickleKind::tensor);
  for (const std::string& arguments :
       {"(" + v2 + type + "(" + four + "ttR.", "(" + v2 + type + "(" + four + "t}NtR.",
        "(" + v2 + type + "(" + four + "l}tR.", "(" + type + type + "(" + four + "t}tR.",
        "(N" + type + "(" + four + "t}tR."})
    CHECK(pickle_error(from + arguments) != "");
  // A parameter is its tensor.
  const std::string parameter = "ctorch._utils\n_rebuild_parameter\n";
  CHECK(kind(parameter + "(" + v2 + "(" + four + "tR\x89}tR.") == io::PickleKind::tensor);
  CHECK(pickle_error(parameter + "(N\x89}tR.") != "");
}
