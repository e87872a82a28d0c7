// Files that are written whole or not at all: what all writers of the library go through.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/descriptor.h"
#include "io/temporary_file.h"

namespace wick::io {

/// Writes a file beside `path`; commit() puts it in place. Without commit() nothing is left. What
/// wick/io/file.h says of write_file is done here.
class AtomicFile {
 public:
  /// Throws FileError.
  explicit AtomicFile(std::string path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  /// Replaces bytes that were written before. Not possible in pipes.
  void write_at(int64_t offset, std::string_view bytes);
  /// Bytes written so far.
  int64_t size() const { return size_; }
  /// Flushes to the disk and renames.
  void commit();

 private:
  [[noreturn]] void fail(int error) const;
  void follow_links();
  void check_writable(const struct stat& status) const;
  /// Writes what `write` does, which gives bytes or -1; returns the bytes.
  template <class Write>
  size_t written(Write write) const;
  int descriptor() const { return temporary_ ? temporary_->descriptor() : direct_.number(); }

  std::string path_;                     // as the caller calls it
  std::string target_;                   // where its links lead
  size_t name_begin_ = 0;                // of the target's name in its folder
  std::optional<struct stat> replaced_;  // what is there before
  Descriptor folder_;
  std::optional<TemporaryFile> temporary_;
  Descriptor direct_;  // instead, where nothing can be replaced
  int64_t start_ = 0;  // where its first byte is
  int64_t size_ = 0;
};

}  // namespace wick::io
