#include "io/descriptor.h"

#include <cstring>

#include "core/check.h"
#include "io/quote.h"

namespace wick::io {

void fail_to(const char* what, const std::string& path, int error) {
  core::fail<FileError>("cannot {} {}: {}", what, path, std::strerror(error));
}

void check_path(const char* what, const std::string& path) {
  if (path.find('\0') != path.npos)
    core::fail<FileError>("cannot {} {}: a path cannot have a NUL in it", what, quoted(path));
}

}  // namespace wick::io
