#include "io/atomic_file.h"

#include <fcntl.h>
#include <limits.h>

#include <algorithm>
#include <charconv>
#include <csignal>

#include "core/check.h"
#include "io/file_attributes.h"
#include "wick/io/file.h"

namespace wick::io {
namespace {

#ifdef O_PATH
constexpr int folder_access = O_PATH;  // a folder that may be written to, but not listed, will do
#else
constexpr int folder_access = O_RDONLY;
#endif

/// Keeps SIGXFSZ and SIGPIPE, which come with the errors of a file that is too large and of a pipe
/// that nobody reads, from ending the process: the errors are enough.
class QuietSignals {
 public:
  QuietSignals() {
    ::sigemptyset(&signals_);
    for (const int signal : numbers) ::sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, &mask_);
    ::sigpending(&pending_);
  }
  ~QuietSignals() {
    const int error = errno;
    sigset_t now;
    if (error == EFBIG || error == EPIPE) {
      ::sigpending(&now);
      for (const int signal : numbers)
        if (::sigismember(&now, signal) == 1 && ::sigismember(&pending_, signal) == 0) take(signal);
    }
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    errno = error;
  }
  QuietSignals(const QuietSignals&) = delete;
  QuietSignals& operator=(const QuietSignals&) = delete;

 private:
  static constexpr int numbers[] = {SIGXFSZ, SIGPIPE};

  static void take(int signal) {
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, signal);
    int taken = 0;
    ::sigwait(&one, &taken);
  }

  sigset_t signals_, mask_, pending_;
};

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Flushes what `call` does; file systems that cannot are left alone.
bool flushed(int descriptor) {
  return uninterrupted([&] { return ::fsync(descriptor); }) == 0 || errno == EINVAL ||
         errno == ENOTSUP;
}

}  // namespace

void write_file(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

namespace {

/// The number of the open file that a path names, "/dev/stdout" or "/dev/fd/5"; -1 for others.
int open_file(std::string_view path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view text = path.substr(folder.size());
    int number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= 0) return number;
  }
  return -1;
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  check_path("write", path_);
  if (const int number = open_file(path_); number >= 0) {
    // Written where it stands, and not replaced: it is somebody's log, perhaps.
    direct_ = Descriptor(::fcntl(number, F_DUPFD_CLOEXEC, 0));
    if (!direct_) fail(errno);
    start_ = std::max<off_t>(::lseek(direct_.number(), 0, SEEK_CUR), 0);
    return;
  }
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (!exists && (errno != ENOENT || path_.empty())) fail(errno);
  if (exists && S_ISDIR(status.st_mode)) fail(EISDIR);
  bool replaces = !exists || S_ISREG(status.st_mode);
  if (replaces) follow_links();
  struct stat target {};
  if (replaces && exists)  // a link to a file without a name, as those of /proc, leads nowhere
    replaces = ::lstat(target_.c_str(), &target) == 0 && same_file(status, target);
  if (exists) check_writable(status);
  if (!replaces) {  // a device or a pipe is written to, not replaced
    direct_ = Descriptor(uninterrupted(
        [&] { return ::open(path_.c_str(), O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC); }));
    if (!direct_) fail(errno);
    return;
  }
  if (exists) replaced_ = status;
  name_begin_ = target_.rfind('/') + 1;  // 0 if there is none
  if (name_begin_ == target_.size()) fail(EISDIR);
  const std::string folder = name_begin_ == 0 ? "." : target_.substr(0, name_begin_);
  folder_ = Descriptor(uninterrupted(
      [&] { return ::open(folder.c_str(), folder_access | O_DIRECTORY | O_CLOEXEC); }));
  if (!folder_) fail(errno);
  // What takes another's place is nobody else's until it has that one's owner and mode.
  temporary_.emplace(folder_.number(), std::string_view(target_).substr(name_begin_),
                     exists ? 0600 : 0666, path_);
}

/// Finds where the links at the end of the path lead, also where nothing is yet.
void AtomicFile::follow_links() {
  constexpr int most = 40;  // as the system has it
  target_ = path_;
  for (int links = 0;; ++links) {
    struct stat status {};
    if (::lstat(target_.c_str(), &status) != 0) {
      if (errno != ENOENT) fail(errno);
      return;
    }
    if (!S_ISLNK(status.st_mode)) return;
    if (links == most) fail(ELOOP);
    std::string to(PATH_MAX, '\0');
    const ssize_t size = ::readlink(target_.c_str(), to.data(), to.size());
    if (size < 0) fail(errno);
    to.resize(static_cast<size_t>(size));
    target_ = to.starts_with('/') ? to : target_.substr(0, target_.rfind('/') + 1) + to;
  }
}

/// A file that its owner made read-only is not to be replaced, by root neither, who could.
void AtomicFile::check_writable(const struct stat& status) const {
  constexpr mode_t any_write = S_IWUSR | S_IWGRP | S_IWOTH;
  if (S_ISREG(status.st_mode) && (status.st_mode & any_write) == 0)
    core::fail<FileError>(
        "cannot write {}: the file is read-only; make it writable, or remove it, to replace it",
        path_);
  if (::faccessat(AT_FDCWD, path_.c_str(), W_OK, AT_EACCESS) != 0) fail(errno);
}

void AtomicFile::fail(int error) const { fail_to("write", path_, error); }

template <class Write>
size_t AtomicFile::written(Write write) const {
  ssize_t size = 0;
  {
    const QuietSignals quiet;
    errno = 0;
    size = uninterrupted(write);
  }
  if (size <= 0) fail(size < 0 ? errno : EIO);  // 0: it would never end
  return static_cast<size_t>(size);
}

void AtomicFile::write(std::string_view bytes) {
  constexpr size_t most = size_t{1} << 30;  // more than 2 GB are not written by one call
  while (!bytes.empty()) {
    const size_t size =
        written([&] { return ::write(descriptor(), bytes.data(), std::min(bytes.size(), most)); });
    bytes.remove_prefix(size);
    size_ += static_cast<int64_t>(size);
  }
}

void AtomicFile::write_at(int64_t offset, std::string_view bytes) {
  if ((::fcntl(descriptor(), F_GETFL) & O_APPEND) != 0) fail(ESPIPE);
  offset += start_;
  while (!bytes.empty()) {
    const size_t size =
        written([&] { return ::pwrite(descriptor(), bytes.data(), bytes.size(), offset); });
    bytes.remove_prefix(size);
    offset += static_cast<int64_t>(size);
  }
}

void AtomicFile::commit() {
  if (!temporary_) return direct_.close();
  if (replaced_) take_attributes(target_, *replaced_, descriptor());
  if (!flushed(descriptor())) fail(errno);
  if (const int error = temporary_->rename(target_.c_str() + name_begin_)) fail(error);
  temporary_.reset();
  // The name is on the disk once its folder is. The file is in place: an error cannot undo that.
  const Descriptor folder(uninterrupted(
      [&] { return ::openat(folder_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (folder) (void)flushed(folder.number());
}

}  // namespace wick::io
