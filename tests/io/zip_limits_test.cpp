// Zip archives at the edges: comments of every length, records that just fit, sizes that are just
// possible.
#include <string>

#include "catch.h"
#include "io/npy.h"
#include "io/temporary_folder.h"
#include "io/zip.h"
#include "wick/io/file.h"
#include "wick/wick.h"

using namespace wick;
using namespace wick::io;

namespace {

std::string little_endian(uint64_t value, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

/// One entry, "a".
std::string archive(const std::string& data, bool compressed = false) {
  const TemporaryFolder folder;
  AtomicFile file(folder / "x.zip");
  ZipWriter writer(file);
  writer.add("a", {data}, {.compressed = compressed});
  writer.finish();
  file.commit();
  return read_file(folder / "x.zip");
}

/// Why `bytes` are no archive whose entries can be read; "" if they are one.
std::string failure(const std::string& bytes) {
  try {
    const ZipReader zip(MappedFile::copy_of(bytes, "z"));
    for (const ZipEntry& entry : zip.entries()) (void)zip.read(entry, INT64_MAX);
    return "";
  } catch (const FileError& error) {
    return error.what();
  }
}

std::string with(std::string bytes, size_t at, const std::string& change) {
  return bytes.replace(at, change.size(), change);
}

const std::string no_directory =
    "z: not a zip archive, or one that is cut short: it has no central directory";

}  // namespace

TEST_CASE("zip: a comment behind the archive, of up to 65535 bytes", "[io][limits]") {
  const std::string good = archive("hello");
  const size_t end = good.size() - 22;
  REQUIRE(good.substr(end, 4) == "PK\5\6");
  const auto commented = [&](uint64_t said, size_t there) {
    return failure(with(good, end + 20, little_endian(said, 2)) + std::string(there, 'c'));
  };
  CHECK(commented(0, 0) == "");
  CHECK(commented(1, 1) == "");
  CHECK(commented(65535, 65535) == "");
  CHECK(commented(2, 1) == no_directory);
  CHECK(commented(65535, 65534) == no_directory);
  CHECK(commented(0, 65536) == no_directory);  // too far from the end
  CHECK(commented(0, 65535) == "");            // what nobody speaks of is passed over
}

TEST_CASE("zip: the record at the end says where the directory is", "[io][limits]") {
  const std::string good = archive("hello");
  const size_t end = good.size() - 22;
  const auto changed = [&](size_t field, uint64_t value, size_t size) {
    return failure(with(good, end + field, little_endian(value, size)));
  };
  const std::string several = "z: a zip archive in several files, which wick does not read";
  CHECK(changed(4, 1, 2) == several);
  CHECK(changed(6, 1, 2) == several);
  const std::string misplaced =
      "z: the zip archive is damaged: its central directory is not where it should be";
  CHECK(changed(12, good.size(), 4) == misplaced);  // larger than what is before it
  CHECK(changed(16, good.size(), 4) == misplaced);
  CHECK(changed(10, 0, 2) == "");  // of no entries
  CHECK(changed(10, 2, 2) != "");
  CHECK(changed(12, 0, 4) != "");
  CHECK(failure(good.substr(0, good.size() - 1)) == no_directory);
  CHECK(failure(std::string(21, 'x')) == no_directory);
  // An archive behind other bytes is found by its end.
  CHECK(failure("before" + good) == "");
  CHECK(failure(std::string(100'000, 'b') + good) == "");
}

TEST_CASE("zip: entries at the ends of what is possible", "[io][limits]") {
  const std::string good = archive("hello");
  const size_t entry = good.find("PK\1\2");
  const auto sizes = [&](const std::string& bytes, uint64_t size) {
    // In the directory and before the data.
    const size_t at = bytes.find("PK\1\2");
    return failure(with(with(bytes, at + 24, little_endian(size, 4)), 22, little_endian(size, 4)));
  };
  CHECK(sizes(good, 5) == "");
  CHECK(sizes(good, 4) ==
        "z: entry \"a\" of the zip archive says that 4 bytes are made of 5, "
        "which cannot be");
  CHECK(sizes(good, 6) != "");
  // Deflated data is at most 1032 times as long as it is stored.
  const std::string deflated = archive(std::string(1000, 'y'), true);
  const size_t at = deflated.find("PK\1\2");
  uint64_t stored = static_cast<unsigned char>(deflated[at + 20]);
  REQUIRE(stored < 100);
  CHECK(sizes(deflated, 1000) == "");
  CHECK_THAT(sizes(deflated, 999), ContainsSubstring("does not inflate to what it was"));
  CHECK_THAT(sizes(deflated, 1001), ContainsSubstring("does not inflate to what it was"));
  CHECK_THAT(sizes(deflated, 1032 * stored + 1031),
             ContainsSubstring("does not inflate to what it was"));
  CHECK_THAT(sizes(deflated, 1032 * stored + 1032), ContainsSubstring("which cannot be"));
  // Names and extra fields that reach to the end of the directory, and beyond.
  CHECK(failure(with(good, entry + 28, little_endian(2, 2))) != "");
  CHECK(failure(with(good, entry + 28, little_endian(0, 2))) ==
        "z: the zip archive is damaged: an entry's name is empty or has a 0 byte in it");
  CHECK(failure(with(good, entry + 30, little_endian(1, 2))) != "");
  CHECK(failure(with(good, entry + 32, little_endian(1, 2))) != "");
  CHECK(failure(with(good, entry + 46, std::string(1, '\0'))) != "");
  CHECK(failure(with(good, entry + 46, "b")) ==
        "z: entry \"b\" of the zip archive has no valid header before its data");
  CHECK(failure(with(good, entry + 10, little_endian(8, 2))) ==
        "z: entry \"a\" of the zip archive has no valid header before its data");
  CHECK(failure(with(good, entry + 16, little_endian(1, 4))) ==
        "z: entry \"a\" of the zip archive has no valid header before its data");
  CHECK(failure(with(good, 26, little_endian(200, 2))) != "");
  CHECK(failure(with(good, 28, little_endian(200, 2))) != "");
}

TEST_CASE("zip: as many entries as may be, and one more", "[io][limits]") {
  // Zip64 records that speak of more entries than there are.
  const auto claimed = [](uint64_t entries) {
    const std::string good = archive("hello");
    const size_t begin = good.find("PK\1\2"), end = good.size() - 22;
    return failure(good.substr(0, end) + "PK\6\6" + little_endian(44, 8) + little_endian(45, 2) +
                   little_endian(45, 2) + little_endian(0, 8) + little_endian(entries, 8) +
                   little_endian(entries, 8) + little_endian(end - begin, 8) +
                   little_endian(begin, 8) + "PK\6\7" + little_endian(0, 4) +
                   little_endian(end, 8) + little_endian(1, 4) + good.substr(end));
  };
  CHECK(claimed(1) == "");
  CHECK(claimed(0) == "");
  CHECK(claimed(static_cast<uint64_t>(zip_max_entries)) ==
        "z: the zip archive is damaged: entry 0 of 1000000 in its central directory is not valid");
  CHECK(claimed(static_cast<uint64_t>(zip_max_entries) + 1) ==
        "z: a zip archive with 1000001 entries; 1000000 is the limit");
}

TEST_CASE("zip: data that is to be aligned begins at a multiple of 64", "[io][limits]") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "x.zip");
  ZipWriter writer(file);
  for (size_t i = 1; i < 140; ++i)
    writer.add(std::string(i, 'n'), {std::string(i % 7, 'd')}, {.aligned = i % 3 != 0});
  writer.finish();
  file.commit();
  const ZipReader zip(MappedFile::open(folder / "x.zip"));
  REQUIRE(zip.entries().size() == 139);
  for (const ZipEntry& entry : zip.entries()) {
    const size_t i = entry.name.size();
    if (i % 3 != 0) CHECK(entry.offset % 64 == 0);
    CHECK(zip.read(entry, 6)->bytes() == std::string(i % 7, 'd'));
    if (i % 7 > 0) CHECK_THROWS_AS(zip.read(entry, static_cast<int64_t>(i % 7) - 1), FileError);
    CHECK_NOTHROW(zip.read(entry, static_cast<int64_t>(i % 7)));
  }
}

TEST_CASE("npy: versions, and headers that reach to the end of the file", "[io][limits]") {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  const auto read = [](const std::string& bytes) -> std::string {
    try {
      const auto file = MappedFile::copy_of(bytes, "n");
      const Tensor x = read_npy(*file, 0, file->size());
      return x.shape() == Shape{2} ? "" : "another shape";
    } catch (const FileError& error) {
      return error.what();
    }
  };
  const auto npy = [&](char major, char minor, size_t said, const std::string& data) {
    return read(std::string(npy_magic) + major + minor + little_endian(said, major == 1 ? 2 : 4) +
                header + data);
  };
  const std::string data(8, '\0');
  for (const char major : {'\1', '\2', '\3'}) {
    CHECK(npy(major, 0, header.size(), data) == "");
    CHECK(npy(major, 0, header.size(), data.substr(1)) != "");
    CHECK(npy(major, 0, header.size() + 8, data) != "");
    CHECK_THAT(npy(major, 0, header.size() + 9, data), ContainsSubstring("only"));
    CHECK_THAT(npy(major, 1, header.size(), data), ContainsSubstring("is not supported"));
  }
  CHECK_THAT(npy(0, 0, header.size(), data), ContainsSubstring("version 0.0"));
  CHECK_THAT(npy(4, 0, header.size(), data), ContainsSubstring("version 4.0"));
  // Headers that are written leave the elements aligned, with the least room that NumPy leaves.
  Shape shape;
  for (size_t dims = 0; dims <= Shape::max_rank; ++dims) {
    const std::string text = npy_header(empty(shape, {.device = meta}), "x");
    CHECK(text.size() % 64 == 0);
    CHECK(text.ends_with(" \n"));
    CHECK(static_cast<size_t>(static_cast<unsigned char>(text[8])) +
              256 * static_cast<size_t>(static_cast<unsigned char>(text[9])) ==
          text.size() - 10);
    const size_t close = text.rfind('}');
    const size_t room = shape.empty() ? 0 : 21 - std::to_string(shape[0]).size();
    CHECK(text.size() - (close + 1) >= room + 2);
    CHECK(text.size() - (close + 1) <= room + 1 + 64);
    if (dims < Shape::max_rank) shape.push_back(dims == 0 ? 123456 : 1);
  }
}
