/// \file
/// The exceptions of wick. Whatever a caller does wrong arrives as one of these; wick never prints,
/// aborts or reads out of bounds instead. Texts are PyTorch's where PyTorch has one.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "wick/export.h"

namespace wick {

namespace detail {
struct CallPath;  // the modules that an error passed through; kept by nn::Module
}

/// Base of every exception that wick throws on purpose (PyTorch: RuntimeError).
class WICK_API Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message);
  ~Error() override;
  Error(const Error&);
  Error& operator=(const Error&);

  /// The message, with the path of the module that failed in front when there is one.
  const char* what() const noexcept override;

  /// Puts `context` and ": " in front of the message; replaces what an earlier call put there.
  void set_context(std::string_view context);

  /// Bookkeeping of nn::Module: which modules this error has passed through so far.
  std::shared_ptr<detail::CallPath>& call_path() noexcept { return path_; }

 private:
  std::shared_ptr<std::string> text_;  // shared: copying an exception must not throw
  std::shared_ptr<detail::CallPath> path_;
};

/// Shapes that do not fit each other or the operation.
class WICK_API ShapeError : public Error {
 public:
  using Error::Error;
  ~ShapeError() override;
};

/// An index or a dimension out of range (PyTorch: IndexError).
class WICK_API IndexError : public Error {
 public:
  using Error::Error;
  ~IndexError() override;
};

/// A dtype, device or kind of value that the operation does not take (PyTorch: TypeError).
class WICK_API TypeError : public Error {
 public:
  using Error::Error;
  ~TypeError() override;
};

/// A value out of its range (PyTorch: ValueError).
class WICK_API ValueError : public Error {
 public:
  using Error::Error;
  ~ValueError() override;
};

/// A file that cannot be read or written.
class WICK_API FileError : public Error {
 public:
  using Error::Error;
  ~FileError() override;
};

}  // namespace wick
