// Files that were made to be slow: the time that a reader takes grows like the size of the file,
// whatever is wrong with it. Each is read at one size and at twice that.
#include <time.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/pickle_code.h"
#include "io/safetensors.h"
#include "io/temporary_folder.h"
#include "io/torch.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using File = std::shared_ptr<const io::MappedFile>;

/// Processor time of this thread: other processes do not count.
double seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double time_of(const std::function<void(const File&)>& read, const std::string& bytes) {
  const File file = io::MappedFile::copy_of(bytes, "f");
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const double begin = seconds();
    try {
      read(file);
    } catch (const Error& error) {
      CHECK(std::strlen(error.what()) < 2000);
    }
    best = std::min(best, seconds() - begin);
    if (best > 5) break;
  }
  return best;
}

/// `make` gives a file of about `size` bytes. Twice the size may take three times as long; four
/// times is what quadratic work takes. What disturbed one measurement does not disturb four.
void check(const std::string& what, const std::function<void(const File&)>& read,
           const std::function<std::string(size_t size)>& make, size_t size = 500'000) {
  if (WICK_TEST_SANITIZED) size /= 8;  // what is slow with large files shows without a sanitizer
  const std::string once = make(size), twice = make(2 * size);
  double first = 0, second = 0;
  for (int attempt = 0; attempt < 4; ++attempt) {
    first = time_of(read, once);
    second = time_of(read, twice);
    if (second < 3 * first + 0.05) break;
  }
  INFO(what << ": " << once.size() << " bytes " << first << " s, " << twice.size() << " bytes "
            << second << " s");
  CHECK(second < 3 * first + 0.05);
  CHECK(second < 5);
}

std::string repeated(std::string_view text, size_t size) {
  std::string result;
  while (result.size() < size) result += text;
  return result;
}

std::string with_length(const std::string& header) {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header;
}

/// Text from pieces that are made by number.
std::string numbered(const std::function<std::string(size_t)>& piece, size_t size) {
  std::string result;
  for (size_t i = 0; result.size() < size; ++i) result += piece(i);
  return result;
}

std::string entry(const std::string& name) {
  return "\"" + name + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
}

void read_safetensors(const File& file) { (void)io::read_safetensors(*file); }
void read_npy(const File& file) { (void)io::read_npy(*file, 0, file->size()); }
void read_npz(const File& file) { (void)io::read_npz(io::ZipReader(file)); }
void read_torch(const File& file) { (void)io::read_torch(file); }

/// Names of 16 letters and digits that have one value under libstdc++'s std::hash, which is
/// MurmurHash64A with a seed that everybody knows; none with another library.
std::vector<std::string> colliding_names(size_t count) {
  constexpr uint64_t m = (uint64_t{0xc6a4a793} << 32) + 0x5bd1e995;
  constexpr uint64_t seed = 0xc70f6907;
  const auto mix = [](uint64_t k) {
    k *= m;
    return (k ^ k >> 47) * m;
  };
  uint64_t inverse = m;  // of m, by Newton's steps
  for (int i = 0; i < 6; ++i) inverse *= 2 - m * inverse;
  const auto unmix = [&](uint64_t k) {
    k *= inverse;
    return (k ^ k >> 47) * inverse;
  };
  // After the first 8 bytes the state is (seed ^ 16 * m ^ mix(first)) * m: the second 8 are chosen
  // so that the end is that of the name "0000000000000000".
  const auto state = [&](const char* bytes) {
    uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return (seed ^ (16 * m) ^ mix(word)) * m;
  };
  uint64_t zeros = 0;
  std::memcpy(&zeros, "00000000", sizeof zeros);
  const uint64_t wanted = state("00000000") ^ mix(zeros);
  std::vector<std::string> names;
  for (uint64_t i = 0; names.size() < count && i < 400'000'000; ++i) {
    char name[16];
    for (int j = 0; j < 8; ++j) name[j] = static_cast<char>('A' + (i >> (4 * j) & 15));
    const uint64_t second = unmix(wanted ^ state(name));
    // Printable ASCII, and no quote or backslash: three tests of all the bytes at once.
    if (second & 0x8080808080808080) continue;
    std::memcpy(name + 8, &second, sizeof second);
    if (std::all_of(name + 8, name + 16,
                    [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }))
      names.emplace_back(name, sizeof name);
  }
  const std::hash<std::string_view> hash;
  for (const std::string& name : names)
    if (hash(name) != hash(names[0])) return {};
  return names;
}

}  // namespace

TEST_CASE("slow by construction: names that collide", "[io][slow_files]") {
  const std::vector<std::string> names = colliding_names(16'000);
  if (names.empty()) return;
  REQUIRE(names.size() == 16'000);
  const auto header = [&](size_t size) {
    std::string text = "{";
    for (size_t i = 0; i < std::min(size / 65, names.size()); ++i)
      text += (i == 0 ? "" : ",") + entry(names[i]);
    return with_length(text + "}");
  };
  REQUIRE(io::read_safetensors(*io::MappedFile::copy_of(header(100'000), "f")).size() > 1000);
  check("safetensors", read_safetensors, header);
}

TEST_CASE("slow by construction: safetensors", "[io][slow_files]") {
  const auto json = [](const std::function<std::string(size_t)>& make) {
    return [make](size_t size) { return with_length(make(size)); };
  };
  check("many names, one twice", read_safetensors, json([](size_t size) {
          return "{" + numbered([](size_t i) { return entry(std::to_string(i)) + ","; }, size) +
                 entry("0") + "}";
        }));
  check("names with a long beginning in common", read_safetensors, json([](size_t size) {
          const std::string begin(1000, 'n');
          return "{" +
                 numbered([&](size_t i) { return entry(begin + std::to_string(i)) + ","; }, size) +
                 entry("x") + "}";
        }));
  check("metadata with a key twice", read_safetensors, json([](size_t size) {
          return "{\"__metadata__\":{" +
                 numbered([](size_t i) { return "\"" + std::to_string(i) + "\":\"\","; }, size) +
                 "\"0\":\"\"}}";
        }));
  for (const std::string open : {"[", "{\"a\":", "{\"a\":{\"shape\":["})
    check("nested " + open, read_safetensors,
          json([&](size_t size) { return "{" + repeated(open, size); }));
  for (const std::string tail : {"", "\"", "\\", "\xff", "\":1}", "\\ud800\"", "\":{}}"})
    check("a long name, then " + tail, read_safetensors,
          json([&](size_t size) { return "{\"" + std::string(size, 'x') + tail; }));
  for (const std::string digit : {"1", "0", "-", "1e", "1.", "1,"})
    check("a long list of " + digit, read_safetensors,
          json([&](size_t size) { return "{\"x\":{\"shape\":[" + repeated(digit, size) + "]}}"; }));
  check("blanks", read_safetensors,
        json([](size_t size) { return "{" + std::string(size, ' ') + "x"; }));
  check("data that overlaps", read_safetensors, json([](size_t size) {
          return "{" +
                 numbered(
                     [](size_t i) {
                       return "\"" + std::to_string(i) +
                              R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)";
                     },
                     size) +
                 entry("x") + "}x";
        }));
}

TEST_CASE("slow by construction: npy", "[io][slow_files]") {
  const auto npy = [](const std::string& header) {
    std::string bytes = std::string(io::npy_magic) + std::string("\2\0", 2);
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(header.size() >> (8 * i));
    return bytes + header;
  };
  for (const std::string piece : {" ", "{", "'", "\"", "(", "'a':", "1", "\\", "\n", "{'descr':'"})
    for (const std::string begin : {"", "{", "{'descr': '", "{'shape': (", "{'descr': ["})
      check(begin + " " + piece, read_npy,
            [&](size_t size) { return npy(begin + repeated(piece, size)); });
}

TEST_CASE("slow by construction: zip archives", "[io][slow_files]") {
  const TemporaryFolder folder;
  const std::string array = [&] {
    io::save_npy(folder / "a", ones({1}));
    return io::read_file(folder / "a");
  }();
  const auto archive = [&](size_t size, size_t longer) {
    io::AtomicFile file(folder / "x");
    io::ZipWriter zip(file);
    const std::string begin(longer, 'n');
    for (size_t i = 0; static_cast<size_t>(file.size()) < size; ++i)
      zip.add(begin + std::to_string(i) + ".npy", {array});
    zip.finish();
    file.commit();
    return io::read_file(folder / "x");
  };
  check("many arrays", read_npz, [&](size_t size) { return archive(size, 0); });
  check("names with much in common", read_npz, [&](size_t size) { return archive(size, 3000); });
  check("the last one damaged", read_npz, [&](size_t size) {
    std::string bytes = archive(size, 0);
    bytes[bytes.rfind("\x93NUMPY") + 10] ^= 1;
    return bytes;
  });
  check("all at one place", read_npz, [&](size_t size) {
    std::string bytes = archive(size, 0);
    for (size_t at = bytes.find("PK\1\2"); at != bytes.npos; at = bytes.find("PK\1\2", at + 4))
      std::memset(&bytes[at + 42], 0, 4);
    return bytes;
  });
  check("nothing but the beginnings of ends", read_npz,
        [](size_t size) { return repeated("PK\5\6", size); });
  check("nothing but locators", read_npz, [](size_t size) { return repeated("PK\6\7", size); });
  check("an archive behind much else", read_npz,
        [&](size_t size) { return std::string(size, 'x') + archive(1000, 0); });
}

TEST_CASE("slow by construction: pickles", "[io][slow_files]") {
  using namespace pickle_code;
  const TemporaryFolder folder;
  const auto zipped = [&](const std::string& pickle) {
    io::AtomicFile file(folder / "x");
    io::ZipWriter zip(file);
    zip.add("m/data.pkl", {pickle});
    zip.add("m/data/0", {std::string(24, '\0')});
    zip.finish();
    file.commit();
    return io::read_file(folder / "x");
  };
  const std::string legacy_begin =
      "\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2}.";
  const auto both = [&](const std::string& what, const std::function<std::string(size_t)>& make) {
    check(what, read_torch, [&](size_t size) { return zipped("\x80\2" + make(size)); });
    check(what + ", legacy", read_torch,
          [&](size_t size) { return legacy_begin + "\x80\2" + make(size); });
  };
  for (const std::string& piece :
       {std::string("("), std::string("]"), std::string("}"), std::string("(("), std::string("N2"),
        std::string("N0"), std::string("(t"), std::string("Nq\0", 3), std::string("]\x94"),
        std::string("I1\n"), std::string("ctorch\nSize\n"), std::string("Vx\n"),
        std::string("S'x'\n"), std::string("]Na"), std::string("}(NNu"), std::string("(l")}) {
    both("many " + piece, [&](size_t size) { return repeated(piece, size); });
    both("many " + piece + " in a list",
         [&](size_t size) { return "](" + repeated(piece, size) + "e."; });
  }
  for (const std::string piece : {"1", "\\u0041", "\\", "'", "x", "\xff"})
    for (const std::string begin : {"I", "L", "F", "V", "S'", "c", "p", "g", "P"})
      for (const std::string end : {"", "\n.", "'\n."})
        both(begin + " and much of " + piece,
             [&](size_t size) { return begin + repeated(piece, size / 4) + end; });
  both("one list for many dicts", [&](size_t size) {
    return "](" + repeated("NN\x86", size / 2) + "e\x94" + "0" +
           repeated(std::string("ccollections\nOrderedDict\nh\0\x85R0", 30), size / 2);
  });
  both("dicts that have each other", [&](size_t size) {
    std::string code = "]\x94" + tensor({1}, {1}, 0, {.elements = 6}) + "\x94";
    std::string inner = "}(";
    for (size_t i = 0; inner.size() < size / 2; ++i)
      inner += text(std::to_string(i)) + std::string("h\1", 2);
    code += inner + "u\x94}(";
    for (size_t i = 0; code.size() < size; ++i)
      code += text(std::to_string(i)) + std::string("h\2", 2);
    return code + "u.";
  });
  both("many tensors, the last one wrong", [&](size_t size) {
    return "}(" +
           numbered(
               [](size_t i) {
                 return text(std::to_string(i)) + tensor({1}, {1}, 0, {.elements = 6});
               },
               size) +
           text("x") + tensor({7}, {1}, 0, {.elements = 6}) + "u.";
  });
  both("many tensors that are called the same", [&](size_t size) {
    return "}(" + repeated(text("x") + tensor({1}, {1}, 0, {.elements = 6}), size) + "u.";
  });
}

TEST_CASE("slow by construction: csv", "[io][slow_files]") {
  const auto read = [](const File& file) { (void)data::parse_csv(file->bytes()); };
  for (const std::string piece : {"1,", "1\n", "a,", "\"", "\"\"", "\"a\",", "\n", " ", "1", "1e",
                                  "0.", "-", ",", "x", "\r", "1,2\n\n"})
    for (const std::string end : {"", "x", "\"", "\n1,2,3"})
      check(piece + " then " + end, read, [&](size_t size) { return repeated(piece, size) + end; });
  check("the last line too long", read,
        [](size_t size) { return "a,b\n" + repeated("1,2\n", size) + "1,2,3\n"; });
}
