// Zip archives, as .npz files and PyTorch's checkpoints are: read from a mapped file, written to an
// atomic one. Zip64 both ways.
#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"

namespace wick::io {

/// The most entries that an archive may have.
inline constexpr int64_t zip_max_entries = 1'000'000;

/// A file in an archive.
struct ZipEntry {
  std::string name;
  int64_t size = 0;         ///< bytes, once inflated
  int64_t stored_size = 0;  ///< bytes in the archive
  bool compressed = false;  ///< deflated; otherwise stored as it is
  uint32_t crc = 0;
  int64_t offset = 0;  ///< where its data begins in the archive's file
};

/// The entries in the central directory of an archive, each with a valid header before its data.
/// Throws FileError.
std::vector<ZipEntry> zip_directory(const MappedFile& file);

/// An archive to read. Opening it checks that every entry is whole, inside of the file, stored or
/// deflated, not encrypted, beside and not across the others, and called as no other.
class ZipReader {
 public:
  /// Throws FileError, with the file's name and what is wrong.
  explicit ZipReader(std::shared_ptr<const MappedFile> file);

  const std::shared_ptr<const MappedFile>& file() const { return file_; }
  /// In the order of the central directory.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// The entry called `name`, or nullptr.
  const ZipEntry* find(std::string_view name) const;

  /// The bytes of an entry, called "<file>/<entry>" in messages; those of a stored one refer to the
  /// mapping. Throws FileError if there are more than `max_bytes`, or they are not what the archive
  /// says (their CRC differs).
  std::shared_ptr<const MappedFile> read(const ZipEntry& entry, int64_t max_bytes) const;
  /// The bytes of a stored entry, unchecked: nothing of them is looked at yet.
  std::shared_ptr<const MappedFile> map(const ZipEntry& entry) const;

 private:
  void check_places() const;

  std::shared_ptr<const MappedFile> file_;
  std::vector<ZipEntry> entries_;
  std::map<std::string_view, size_t> by_name_;
};

/// How an entry is written.
struct ZipOptions {
  bool compressed = false;  ///< deflated
  bool aligned = false;     ///< its data begins at a multiple of 64 bytes, for mapping
};

/// Writes an archive into an empty file; the caller commits that. The same entries give the same
/// bytes, at any time of day.
class ZipWriter {
 public:
  explicit ZipWriter(AtomicFile& file);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// Adds an entry whose bytes are `pieces`, one after the other. Throws ValueError for a name that
  /// a zip archive cannot have, FileError if it cannot be written.
  void add(std::string_view name, std::initializer_list<std::string_view> pieces,
           ZipOptions options = {});
  /// Writes the central directory, without which there is no archive.
  void finish();

 private:
  struct Output;

  void check(int status);

  std::unique_ptr<Output> output_;
};

}  // namespace wick::io
