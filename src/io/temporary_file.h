// The file beside another one that is written before it takes the other's place.
#pragma once

#include <sys/stat.h>

#include <array>
#include <string_view>

#include "io/descriptor.h"

namespace wick::io {

/// A new file in a folder, to take the place of the file `target` there. It has a short name of its
/// own (so that the target's may be as long as names may be), and its writer holds a lock on it as
/// long as it is open: by that, others that write the same target know a file that is being written
/// from one that a process left when it was killed, also those in other containers, where process
/// numbers say nothing. Left ones are removed.
class TemporaryFile {
 public:
  /// Throws FileError, with `path` in it.
  TemporaryFile(int folder, std::string_view target, mode_t mode, const std::string& path);
  /// Removes the file, unless it was renamed.
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return file_.number(); }
  /// Gives the file the name `target` instead of its own; 0, or the system's error number. `target`
  /// is the name that the constructor had.
  int rename(const char* target);

 private:
  using Name = std::array<char, 48>;

  static Name name_for(std::string_view target, unsigned number);
  /// The new file; none, and 0 in `error`, if others have the name.
  Descriptor create(mode_t mode, int& error) const;
  void clear_behind(std::string_view target, unsigned number) const;

  int folder_;
  Name name_{};
  Descriptor file_;
  bool in_place_ = false;
};

}  // namespace wick::io
