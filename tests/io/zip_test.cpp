#include "io/zip.h"

#include "catch.h"
#include "io/temporary_folder.h"
#include "wick/io/file.h"

using namespace wick;
using namespace wick::io;

namespace {

constexpr int64_t no_limit = INT64_MAX;

/// An archive with a short stored entry, an aligned one, a long deflated one and an empty one.
std::string sample_archive() {
  const TemporaryFolder folder;
  AtomicFile file(folder / "sample.zip");
  ZipWriter writer(file);
  writer.add("a/short.txt", {"hel", "lo"});
  writer.add("a/aligned", {std::string(100, 'x')}, {.aligned = true});
  writer.add("a/long", {std::string(100'000, 'y'), "z"}, {.compressed = true});
  writer.add("empty", {});
  writer.finish();
  file.commit();
  return read_file(folder / "sample.zip");
}

std::string archive_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "some.zip");
  ZipWriter writer(file);
  for (const auto& [name, bytes] : entries) writer.add(name, {bytes});
  writer.finish();
  file.commit();
  return read_file(folder / "some.zip");
}

/// The little-endian bytes of a number.
std::string number(uint64_t value, int size) {
  std::string result;
  for (int i = 0; i < size; ++i) {
    result += static_cast<char>(value);
    value >>= 8;
  }
  return result;
}

std::shared_ptr<const MappedFile> in_memory(std::string_view bytes) {
  return MappedFile::copy_of(bytes, "memory.zip");
}

/// The message with which opening `bytes`, and reading all of it, fails; "" if nothing does.
std::string failure(std::string_view bytes, int64_t limit = no_limit) {
  try {
    const ZipReader zip(in_memory(bytes));
    for (const ZipEntry& entry : zip.entries()) (void)zip.read(entry, limit);
    return "";
  } catch (const FileError& e) {
    return e.what();
  }
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("zip: entries come back as they were written", "[io]") {
  const std::string bytes = sample_archive();
  CHECK(bytes.size() < 1200);
  CHECK(bytes == sample_archive());
  const ZipReader zip(in_memory(bytes));
  REQUIRE(zip.entries().size() == 4);

  const ZipEntry* text = zip.find("a/short.txt");
  REQUIRE(text);
  CHECK(!text->compressed);
  CHECK(text->size == 5);
  CHECK(bytes.substr(static_cast<size_t>(text->offset), 5) == "hello");
  CHECK(zip.read(*text, 5)->bytes() == "hello");
  CHECK(zip.map(*text)->bytes() == "hello");
  CHECK(zip.read(*text, 5)->name() == "memory.zip/a/short.txt");
  CHECK(zip.read(*text, 5)->bytes().data() == zip.file()->bytes().data() + text->offset);

  const ZipEntry* aligned = zip.find("a/aligned");
  REQUIRE(aligned);
  CHECK(aligned->offset % 64 == 0);
  CHECK(zip.read(*aligned, no_limit)->bytes() == std::string(100, 'x'));

  const ZipEntry* longer = zip.find("a/long");
  REQUIRE(longer);
  CHECK(longer->compressed);
  CHECK(longer->stored_size < 1000);
  CHECK(zip.read(*longer, 100'001)->bytes() == std::string(100'000, 'y') + "z");
  CHECK(zip.find("empty")->size == 0);
  CHECK(zip.read(*zip.find("empty"), 0)->bytes().empty());
  CHECK(zip.find("nothing") == nullptr);
}

TEST_CASE("zip: an archive may have something before it and no entries", "[io]") {
  const ZipReader zip(in_memory("#!something\n" + sample_archive()));
  CHECK(zip.read(*zip.find("a/short.txt"), 5)->bytes() == "hello");
  CHECK(zip.read(*zip.find("a/long"), no_limit)->size() == 100'001);

  const TemporaryFolder folder;
  AtomicFile file(folder / "none.zip");
  ZipWriter writer(file);
  writer.finish();
  file.commit();
  CHECK(ZipReader(MappedFile::open(folder / "none.zip")).entries().empty());
}

TEST_CASE("zip: what is read outlives the reader", "[io]") {
  std::shared_ptr<const MappedFile> part;
  {
    const ZipReader zip(in_memory(sample_archive()));
    part = zip.read(*zip.find("a/short.txt"), 5);
  }
  CHECK(part->bytes() == "hello");
}

TEST_CASE("zip: archives that are refused", "[io]") {
  const std::string good = sample_archive();
  CHECK(failure(good) == "");
  CHECK(failure("") ==
        "memory.zip: not a zip archive, or one that is cut short: it has no central directory");
  CHECK(failure(good.substr(0, good.size() - 30)) ==
        "memory.zip: not a zip archive, or one that is cut short: it has no central directory");
  CHECK(failure(good, 100'000) ==
        "memory.zip: entry \"a/long\" of the zip archive has 100001 bytes; 100000 is the limit");
  CHECK(failure(replaced(good, "hello", "hallo")) ==
        "memory.zip: entry \"a/short.txt\" of the zip archive is damaged: its CRC differs");

  const size_t directory = good.find("PK\1\2");
  std::string encrypted = good;
  encrypted[directory + 8] |= 1;
  CHECK(failure(encrypted) == "memory.zip: entry \"a/short.txt\" of the zip archive is encrypted");
  std::string method = good;
  method[directory + 10] = 12;
  CHECK(failure(method) ==
        "memory.zip: entry \"a/short.txt\" of the zip archive is compressed with method 12; wick "
        "reads 0 (stored) and 8 (deflated)");
  std::string moved = good;  // the place of the local header
  moved[directory + 42] = 1;
  CHECK(failure(moved) ==
        "memory.zip: entry \"a/short.txt\" of the zip archive has no valid header before its data");
}

TEST_CASE("zip: entries that overlap, repeat or inflate too far are refused", "[io]") {
  const std::string good = sample_archive();
  // The second entry of the directory is made a copy of the first.
  const size_t first = good.find("PK\1\2");
  const size_t second = good.find("PK\1\2", first + 4);
  const std::string entry = good.substr(first, second - first);
  const size_t third = good.find("PK\1\2", second + 4);
  std::string twice = good.substr(0, second) + entry + good.substr(third);
  const size_t end = twice.rfind("PK\5\6");
  const auto size = static_cast<uint32_t>(end - first);
  for (size_t i = 0; i < 4; ++i) twice[end + 12 + i] = static_cast<char>(size >> (8 * i));
  CHECK(failure(twice) == "memory.zip: the zip archive has two entries called \"a/short.txt\"");

  // The data of "a" is an entry called "b", and that is where the directory says that "b" is.
  const std::string inner = archive_of({{"b", "hello"}}).substr(0, 30 + 1 + 5);
  std::string nested = archive_of({{"a", inner}, {"b", "hello"}});
  CHECK(failure(nested) == "");
  nested[nested.rfind("PK\1\2") + 42] = 30 + 1;
  CHECK(failure(nested) == "memory.zip: entries \"a\" and \"b\" of the zip archive overlap");

  std::string bomb = good;  // the long entry says, twice, that it has 4 GB
  for (const size_t at : {bomb.find("a/long") - 30 + 22, bomb.rfind("a/long") - 46 + 24})
    for (size_t i = 0; i < 4; ++i) bomb[at + i] = static_cast<char>(0xF0);
  CHECK_THAT(failure(bomb), ContainsSubstring("which cannot be"));
}

TEST_CASE("zip: sizes and places of 64 bits", "[io]") {
  // The directory of an archive with one entry, "a", made again with zip64 fields only.
  const auto zip64 = [](uint64_t size, uint64_t offset, uint64_t entries) {
    std::string small = archive_of({{"a", "hello"}});
    small.replace(18, 8, 8, '\xff');  // the sizes in the header before the data
    const size_t begin = small.find("PK\1\2");
    const uint64_t unknown = 0xFFFFFFFF;
    std::string directory = small.substr(begin, 20) + number(unknown, 4) + number(unknown, 4) +
                            number(1, 2) + number(8 + 4 + 24, 2) + number(0, 10) +
                            number(unknown, 4) + "a" + number(0xCAFE, 2) + number(4, 2) + "more" +
                            number(1, 2) + number(24, 2) + number(size, 8) + number(size, 8) +
                            number(offset, 8);
    const uint64_t end = begin + directory.size();
    return small.substr(0, begin) + directory + "PK\6\6" + number(44, 8) + number(45, 2) +
           number(45, 2) + number(0, 8) + number(entries, 8) + number(entries, 8) +
           number(directory.size(), 8) + number(begin, 8) + "PK\6\7" + number(0, 4) +
           number(end, 8) + number(1, 4) + "PK\5\6" + number(0, 4) + number(0xFFFF, 2) +
           number(0xFFFF, 2) + number(unknown, 4) + number(unknown, 4) + number(0, 2);
  };
  for (const std::string before : {"", "something before it"}) {
    const ZipReader zip(in_memory(before + zip64(5, 0, 1)));
    CHECK(zip.read(*zip.find("a"), 5)->bytes() == "hello");
  }
  CHECK(
      failure(zip64(uint64_t{1} << 40, 0, 1)) ==
      "memory.zip: entry \"a\" of the zip archive ends outside of the archive: 1099511627776 bytes "
      "at 31, its directory is at 36");
  CHECK(failure(zip64(~uint64_t{0}, 0, 1)) ==
        "memory.zip: entry \"a\" of the zip archive ends outside of the archive: "
        "18446744073709551615 bytes at 31, its directory is at 36");
  CHECK(failure(zip64(5, ~uint64_t{0}, 1)) ==
        "memory.zip: entry \"a\" of the zip archive has no valid header before its data");
  CHECK(failure(zip64(5, 0, 2)) ==
        "memory.zip: the zip archive is damaged: entry 0 of 2 in its central directory is not "
        "valid");
  CHECK(failure(zip64(5, 0, ~uint64_t{0})) ==
        "memory.zip: a zip archive with 18446744073709551615 entries; 1000000 is the limit");
}

TEST_CASE("zip: names that an archive cannot have", "[io]") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "names.zip");
  ZipWriter writer(file);
  CHECK_THROWS_AS(writer.add("", {}), ValueError);
  CHECK_THROWS_AS(writer.add(std::string_view("a\0b", 3), {}), ValueError);
  CHECK_THROWS_WITH(writer.add(std::string(70'000, 'n'), {}),
                    "cannot save an entry called \"" + std::string(100, 'n') +
                        "...\" in a zip archive: a name has 1 to 65535 bytes, none of them 0");
  writer.add(std::string(65'535, 'n'), {"data"});
  writer.finish();
  file.commit();
  const ZipReader zip(MappedFile::open(folder / "names.zip"));
  CHECK(zip.read(*zip.find(std::string(65'535, 'n')), 4)->bytes() == "data");
}

TEST_CASE("zip: a failure to write is thrown through minizip", "[io]") {
  AtomicFile full("/dev/full");
  ZipWriter writer(full);
  CHECK_THROWS_AS(writer.add("a", {std::string(1 << 20, 'x')}), FileError);
}

TEST_CASE("zip: damage anywhere is an error or does no harm", "[io]") {
  const std::string good = sample_archive();
  for (size_t n = 0; n < good.size(); ++n) CHECK(failure(good.substr(0, n)) != "");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    for (const char value : {char(0), char(0xFF), char(good[i] ^ 1), char(good[i] ^ 0x80)}) {
      bad[i] = value;
      (void)failure(bad);
    }
  }
}
