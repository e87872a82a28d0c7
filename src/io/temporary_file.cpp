#include "io/temporary_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace wick::io {
namespace {

/// True if `name` is the file that is open as `file`.
bool is_called(int folder, const char* name, int file) {
  struct stat by_name {};
  struct stat opened {};
  return ::fstatat(folder, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstat(file, &opened) == 0 && by_name.st_dev == opened.st_dev &&
         by_name.st_ino == opened.st_ino;
}

enum class Found { nothing, left, in_use };

/// Removes the file called `name` if nobody writes it. The lock is the judge; where the file system
/// has no locks nobody can know, and the file stays.
Found clear(int folder, const char* name) {
  const auto open = [&](int access) {
    return Descriptor(uninterrupted(
        [&] { return ::openat(folder, name, access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); }));
  };
  Descriptor file = open(O_WRONLY);
  if (!file && errno == EACCES) file = open(O_RDONLY);
  if (!file) return errno == ENOENT ? Found::nothing : Found::in_use;
  struct stat status {};
  const bool is_left = ::fstat(file.number(), &status) == 0 && S_ISREG(status.st_mode) &&
                       ::flock(file.number(), LOCK_EX | LOCK_NB) == 0 &&
                       // Its writer may have renamed it since it was opened.
                       is_called(folder, name, file.number());
  return is_left && ::unlinkat(folder, name, 0) == 0 ? Found::left : Found::in_use;
}

}  // namespace

TemporaryFile::Name TemporaryFile::name_for(std::string_view target, unsigned number) {
  // FNV-1a: the same in every process. Names that share it only share their numbers.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : target) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  Name name{};
  *fmt::format_to_n(name.data(), name.size() - 1, ".wick-{:016x}-{}.tmp", hash, number).out = '\0';
  return name;
}

Descriptor TemporaryFile::create(mode_t mode, int& error) const {
  for (int tries = 0; tries < 2; ++tries) {
    Descriptor file(uninterrupted([&] {
      return ::openat(folder_, name_.data(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      mode);
    }));
    if (file) {
      // Before it is locked, another may have taken it for one that was left.
      const bool taken = ::flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      if (!taken && is_called(folder_, name_.data(), file.number())) return file;
    } else if (errno != EEXIST) {
      error = errno;
      break;
    } else if (clear(folder_, name_.data()) == Found::in_use) {
      break;
    }
  }
  return Descriptor();
}

TemporaryFile::TemporaryFile(int folder, std::string_view target, mode_t mode,
                             const std::string& path)
    : folder_(folder) {
  constexpr unsigned in_order = 64;
  constexpr unsigned most = 256;
  unsigned number = 0;
  for (unsigned i = 0; i < most && !file_; ++i) {
    // So many are in use only where files are left and no locks tell: then, any number.
    number =
        i < in_order
            ? i
            : static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
    name_ = name_for(target, number);
    int error = 0;
    file_ = create(mode, error);
    if (error != 0) fail_to("write", path, error);
  }
  if (!file_) fail_to("write", path, EEXIST);
  clear_behind(target, number);
}

void TemporaryFile::clear_behind(std::string_view target, unsigned number) const {
  // Several may have been written at the same time when they were left.
  constexpr int enough = 4;
  constexpr int most = 256;
  int missing = 0;
  for (int i = 0; i < most && missing < enough; ++i)
    if (clear(folder_, name_for(target, ++number).data()) == Found::nothing) ++missing;
}

TemporaryFile::~TemporaryFile() {
  if (!in_place_ && is_called(folder_, name_.data(), file_.number()))
    ::unlinkat(folder_, name_.data(), 0);
}

int TemporaryFile::rename(const char* target) {
  // Somebody who does not know of the lock may have cleared the folder.
  if (!is_called(folder_, name_.data(), file_.number())) return ENOENT;
  if (::renameat(folder_, name_.data(), folder_, target) != 0) return errno;
  in_place_ = true;
  return 0;
}

}  // namespace wick::io
