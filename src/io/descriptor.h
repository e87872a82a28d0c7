// Descriptors of the system, and its calls that a signal may interrupt.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace wick::io {

/// What `call` gives, which is called again as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  /// Never called again after an interruption: the number may be another file's already.
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

/// Throws FileError: "cannot <what> <path>: <the system's text for `error`>".
[[noreturn]] void fail_to(const char* what, const std::string& path, int error);

/// Throws FileError for a path with a NUL, which the system would cut there.
void check_path(const char* what, const std::string& path);

}  // namespace wick::io
