#include "io/pickle.h"

#include <chrono>

#include "catch.h"
#include "wick/error.h"
#include "wick/format.h"

using namespace wick;
using namespace wick::io;
using namespace std::string_literals;

namespace {

Pickle parsed(std::string_view bytes) { return unpickle(MappedFile::copy_of(bytes, "p.pkl")); }

/// What is wrong with a pickle, without "p.pkl: "; "" if nothing is.
std::string failure(std::string_view bytes) {
  try {
    (void)parsed(bytes);
    return "";
  } catch (const FileError& e) {
    const std::string_view text = e.what();
    CHECK(text.starts_with("p.pkl: "));
    return std::string(text.substr(7));
  }
}

/// Values as Python writes them; what is inside of a tuple of tuples is cut at some depth.
std::string shown(const Pickle& p, PickleRef ref, int depth = 0) {
  const PickleValue& v = p[ref];
  std::string text;
  const auto item = [&](size_t i) { return shown(p, v.items[i], depth + 1); };
  if (depth > 5) return "...";
  switch (v.kind) {
    case PickleKind::none:
      return "None";
    case PickleKind::boolean:
      return v.number ? "True" : "False";
    case PickleKind::integer:
      return std::to_string(v.number);
    case PickleKind::real:
      return fmt::format("{}", v.real());
    case PickleKind::text:
      return fmt::format("'{}'", v.text);
    case PickleKind::bytes:
      return fmt::format("b'{}'", v.text);
    case PickleKind::global:
      return std::string(v.text);
    case PickleKind::other:
      return "?";
    case PickleKind::dict:
      for (size_t i = 0; i < v.items.size(); i += 2)
        text += (i ? ", " : "") + item(i) + ": " + item(i + 1);
      return "{" + text + "}";
    default:
      break;
  }
  for (size_t i = 0; i < v.items.size(); ++i) text += (i ? ", " : "") + item(i);
  switch (v.kind) {
    case PickleKind::list:
      return "[" + text + "]";
    case PickleKind::storage:
      return fmt::format("storage('{}', {}, {})", v.text, v.number, text);
    case PickleKind::tensor:
      return "tensor(" + text + ")";
    default:
      return "(" + text + ")";
  }
}

std::string shown(std::string_view bytes) {
  const Pickle p = parsed(bytes);
  CHECK(p.end == static_cast<int64_t>(bytes.size()));
  return shown(p, p.root);
}

const std::string storage = "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000X\3\0\0\0cpuK\6tQ"s;

}  // namespace

TEST_CASE("pickle: what Python's protocols write for plain values", "[io]") {
  // pickle.dumps({'a': [1, -2, 300, 70000, 1 << 40, True, None], 'b': (1.5, b'xy', 'é')}, protocol)
  const std::string value = "{'a': [1, -2, 300, 70000, 1099511627776, True, None], 'b': (1.5, ";
  CHECK(
      shown("(dp0\nVa\np1\n(lp2\nI1\naI-2\naI300\naI70000\naL1099511627776L\naI01\naNasVb\np3\n"
            "(F1.5\nc_codecs\nencode\np4\n(Vxy\np5\nVlatin1\np6\ntp7\nRp8\nV\xe9\np9\ntp10\ns."s) ==
      value + "?, 'é')}");
  CHECK(shown("\x80\2}q\0(X\1\0\0\0aq\1]q\2(K\1J\xfe\xff\xff\xffM,\1Jp\x11\1\0\x8a\6\0\0\0\0\0\1"
              "\x88NeX\1\0\0\0bq\3G?\xf8\0\0\0\0\0\0c_codecs\nencode\nq\4X\2\0\0\0xyq\5X\6\0\0\0"
              "latin1q\6\x86q\7Rq\bX\2\0\0\0\xc3\xa9q\t\x87q\nu."s) == value + "?, 'é')}");
  CHECK(shown("\x80\4\x95?\0\0\0\0\0\0\0}\x94(\x8c\1a\x94]\x94(K\1J\xfe\xff\xff\xffM,\1Jp\x11\1\0"
              "\x8a\6\0\0\0\0\0\1\x88Ne\x8c\1b\x94G?\xf8\0\0\0\0\0\0C\2xy\x94\x8c\2\xc3\xa9\x94"
              "\x87\x94u."s) == value + "b'xy', 'é')}");
}

TEST_CASE("pickle: every other instruction for data", "[io]") {
  CHECK(shown("S'a\\'\\n\\x41'\n.") == "'a'\nA'");
  CHECK(shown("V\\u20ac\\U0001F600\\n\n.") == "'€😀\\n'");
  CHECK(shown("T\2\0\0\0ab."s) == "'ab'");
  CHECK(shown("U\2ab.") == "'ab'");
  CHECK(shown("\x8d\2\0\0\0\0\0\0\0ab."s) == "'ab'");
  CHECK(shown("B\2\0\0\0ab."s) == "b'ab'");
  CHECK(shown("\x8e\2\0\0\0\0\0\0\0ab."s) == "b'ab'");
  CHECK(shown("\x96\2\0\0\0\0\0\0\0ab."s) == "b'ab'");
  CHECK(shown("\x8a\0."s) == "0");
  CHECK(shown("\x8a\1\xff.") == "-1");
  CHECK(shown("\x8b\2\0\0\0\xff\x7f."s) == "32767");
  CHECK(shown("\x8a\x0aLoooooooog.") == "?");
  CHECK(shown("L99999999999999999999L\n.") == "?");
  CHECK(shown("I00\n.") == "False");
  CHECK(shown("(K\1K\2l.") == "[1, 2]");
  CHECK(shown("(K\1K\2t.") == "(1, 2)");
  CHECK(shown("(K\1K\2d.") == "{1: 2}");
  CHECK(shown("\x8f(K\1K\2\x90.") == "[1, 2]");
  CHECK(shown("(K\1K\2\x91.") == "[1, 2]");
  CHECK(shown("K\1\x85.") == "(1)");
  CHECK(shown(").") == "()");
  CHECK(shown("]K\1a2K\2a0.") == "[1, 2]");
  CHECK(shown("K\1(K\2K\3\x31.") == "1");
  CHECK(shown("K\1(0.") == "1");
  CHECK(shown("]\x94h\0a."s) == shown("]r\0\0\0\0j\0\0\0\0a."s));  // a list in itself
  CHECK(shown("}(K\1K\2u}b.") == "{1: 2}");
}

TEST_CASE("pickle: what state dicts need", "[io]") {
  CHECK(shown("ccollections\nOrderedDict\n)R}X\t\0\0\0_metadata}sb."s) == "{}");
  CHECK(shown("ccollections\nOrderedDict\n(](]K\1aK\2aetR."s) == "{1: 2}");
  CHECK(shown("\x8c\x0b"
              "collections\x8c\x0bOrderedDict\x93)\x81.") == "{}");
  CHECK(shown("(icollections\nOrderedDict\n.") == "{}");
  CHECK(shown("(ccollections\nOrderedDict\no.") == "{}");
  CHECK(shown("ctorch\nSize\nK\2K\3\x86\x85R.") == "(2, 3)");
  CHECK(shown("ctorch\nfloat16\n.") == "torch.float16");
  CHECK(shown("ctorch\ndevice\nX\3\0\0\0cpu\x85R."s) == "?");
  CHECK(shown(storage + ".") == "storage('0', 6, torch.FloatStorage)");
  const std::string arguments = storage +
                                "K\0K\2K\3\x86K\3K\1\x86\x89"
                                "ccollections\nOrderedDict\n)R"s;
  const std::string tensor = "tensor(storage('0', 6, torch.FloatStorage), 0, (2, 3), (3, 1))";
  CHECK(shown("ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + "tR.") == tensor);
  CHECK(shown("ctorch._utils\n_rebuild_parameter\nctorch._utils\n_rebuild_tensor_v2\n(" +
              arguments + "tR\x88}\x87R.") == tensor);
  CHECK(shown("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\n"
              "Tensor\n(" +
              arguments + "t}tR.") == tensor);
  CHECK(shown("ctorch._utils\n_rebuild_tensor_v3\n(" + arguments + "ctorch\nfloat8_e5m2\ntR.") ==
        "tensor(storage('0', 6, torch.FloatStorage), 0, (2, 3), (3, 1), torch.float8_e5m2)");
}

TEST_CASE("pickle: nothing else can be named or called", "[io]") {
  CHECK(failure("cos\nsystem\n(S'echo'\ntR.") ==
        "it names \"os.system\" at byte 0, which is no part of a state dict: wick reads data and "
        "runs nothing");
  CHECK(failure("\x8c\2os\x8c\6system\x93.") ==
        "it names \"os.system\" at byte 12, which is no part of a state dict: wick reads data and "
        "runs nothing");
  CHECK(failure("(S'echo'\nios\nsystem\n.") ==
        "it names \"os.system\" at byte 9, which is no part of a state dict: wick reads data and "
        "runs nothing");
  CHECK(
      failure("c__builtin__\neval\n.") ==
      "it names \"__builtin__.eval\" at byte 0, which is no part of a state dict: wick reads data "
      "and runs nothing");
  const std::string whole =
      ", which is no part of a state dict: it looks like a whole pickled module or another Python "
      "object; in Python, save model.state_dict() instead";
  CHECK(failure("c__main__\nNet\n.") == "it names \"__main__.Net\" at byte 0" + whole);
  CHECK(failure("ctorch.nn.modules.linear\nLinear\n)\x81.") ==
        "it names \"torch.nn.modules.linear.Linear\" at byte 0" + whole);
  CHECK(failure("c\x1b[2J\n" + std::string(1000, 'x') + "\n.") ==
        "it names \"\\x1b[2J." + std::string(95, 'x') +
            "...\" at byte 0, which is no part of a state dict: wick reads data and runs nothing");
  CHECK(failure("(X\6\0\0\0moduleNNNtQ."s) ==
        "it has a whole pickled module at byte 16; in Python, save model.state_dict() instead");
  CHECK(failure("K\1)R.") ==
        "not a valid pickle: a call of what is not a known function at byte 3");
  CHECK(failure("ctorch\nfloat32\n)R.") ==
        "not a valid pickle: a call of torch.float32 with other arguments than a state dict has at "
        "byte 16");
  CHECK(failure("\x82\1.") ==
        "not a valid pickle: opcode 0x82, which no state dict needs at byte 0");
}

TEST_CASE("pickle: damage is told with its place", "[io]") {
  const auto damage = [](std::string_view bytes) {
    const std::string text = failure(bytes);
    CHECK_THAT(text, ContainsSubstring("not a valid pickle: "));
    return text.substr(std::min(text.size(), size_t{20}));
  };
  CHECK(damage("") == "it is cut short at byte 0");
  CHECK(damage("\x80\6.") == "it is of protocol 6, newer than 5 at byte 0");
  CHECK(damage("N\xff.") == "unknown opcode 0xff at byte 1");
  CHECK(damage("X\xff\xff\xff\xff"
               "a.") == "it is cut short at byte 0");
  CHECK(damage("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
               "a.") == "it is cut short at byte 0");
  CHECK(damage("S'a.") == "a line without an end at byte 0");
  CHECK(damage("S'a\n.") == "a string without quotes at byte 0");
  CHECK(damage("S'\\q'\n.") == "a wrong escape in a string at byte 0");
  CHECK(damage("V\\U00110000\n.") == "a wrong escape in a string at byte 0");
  CHECK(damage("I12a\n.") == "a number with other things than digits at byte 0");
  CHECK(damage("F1.5x\n.") == "a number with other things than digits at byte 0");
  CHECK(damage(".") == "nothing is on the stack at byte 0");
  CHECK(damage("(.") == "nothing is on the stack at byte 1");
  CHECK(damage("N\x86.") == "nothing is on the stack at byte 1");
  CHECK(damage("t.") == "a mark is missing at byte 0");
  CHECK(damage("(Nd.") == "a key without a value at byte 2");
  CHECK(damage("}(Nu.") == "a key without a value at byte 3");
  CHECK(damage(")Na.") == "something is appended to what is not a list at byte 2");
  CHECK(damage(")NNs.") == "a key is set in what is not a dict at byte 3");
  CHECK(damage("h\5.") == "a memo index that was never set at byte 0");
  CHECK(damage("Nr\xff\xff\xff\xff.") == "a memo index out of order at byte 1");
  CHECK(damage("Np-1\n.") == "a wrong memo index at byte 1");
  CHECK(damage("\x95\xff\xff\xff\xff\xff\xff\xff\xff.") == "a frame that is cut short at byte 0");
  CHECK(damage("N}b.") == "attributes of what is neither a dict nor a tensor at byte 2");
  CHECK(damage("PX\n.") == "a persistent id that is a text at byte 0");
  CHECK(damage("NQ.") == "a persistent id that is not a storage's at byte 1");
  CHECK(damage("(X\7\0\0\0storageNX\1\0\0\0000X\3\0\0\0cpuK\6tQ."s) ==
        "a persistent id that is not a storage's at byte 31");
  CHECK(damage("(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0000NJ\xff\xff\xff\xfftQ."s) ==
        "a persistent id that is not a storage's at byte 46");
  CHECK(damage("ctorch._utils\n_rebuild_tensor_v2\n(" + storage + "K\0NNtR."s) ==
        "a call of torch._utils._rebuild_tensor_v2 with arguments that are not a tensor's at byte "
        "90");
  CHECK(damage("ccollections\nOrderedDict\nN\x85R.") ==
        "an OrderedDict that is not made of pairs at byte 27");
}

TEST_CASE("pickle: bombs do not go off", "[io]") {
  const auto start = std::chrono::steady_clock::now();
  const std::string million(1'000'000, '(');
  CHECK_THAT(failure(million), ContainsSubstring("cut short"));
  CHECK_THAT(failure(std::string(1'000'000, ']') + "."), ContainsSubstring(""));
  CHECK_THAT(failure(std::string(6'000'000, ']')),
             ContainsSubstring("more than 5000000 values, which is the limit"));
  CHECK_THAT(failure("N" + std::string(20'000'000, '2')),
             ContainsSubstring("more than 20000000 instructions, which is the limit"));
  // A million lists, each in the next.
  CHECK(failure(std::string(1'000'000, ']') + std::string(999'999, 'a') + ".") == "");
  CHECK(failure(")" + std::string(1'000'000, '\x85') + ".") == "");
  // Doubled forty times by reference: 2^40 leaves.
  std::string doubled = "K\1";
  for (int i = 0; i < 40; ++i) doubled += "2\x86";
  CHECK(failure(doubled + ".") == "");
  // A long list of pairs that many dicts are made of.
  std::string dicts = "](";
  for (int i = 0; i < 10'000; ++i) dicts += "NN\x86";
  dicts +=
      "e\x85\x94"
      "0ccollections\nOrderedDict\n\x94";
  for (int i = 0; i < 100'000; ++i) dicts += "h\1h\0R"s;
  CHECK_THAT(failure(dicts), ContainsSubstring("more than 20000000 instructions"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::minutes(2));  // not for ever
}

TEST_CASE("pickle: damage anywhere is an error or does no harm", "[io]") {
  const std::string good =
      "\x80\2ccollections\nOrderedDict\nq\0)Rq\1(X\1\0\0\0wq\2ctorch._utils\n_rebuild_tensor_"
      "v2\nq\3("s +
      storage + "K\0K\2K\3\x86K\3K\1\x86\x89h\0)Rtq\4Rq\5u}q\6X\t\0\0\0_metadata}sb."s;
  CHECK(failure(good) == "");
  for (size_t n = 0; n < good.size(); ++n) CHECK(failure(good.substr(0, n)) != "");
  for (size_t i = 0; i < good.size(); ++i)
    for (int value = 0; value < 256; ++value) {
      std::string bad = good;
      bad[i] = static_cast<char>(value);
      (void)failure(bad);
    }
}
