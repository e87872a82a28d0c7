// Files for the readers of weight formats, mapped or copied, and the elements that writers write.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "io/atomic_file.h"
#include "wick/io/file.h"
#include "wick/tensor.h"

namespace wick::io {

/// The bytes of a file, mapped and private: writing to them changes no file. The tensors that
/// refer to them keep the mapping.
class MappedFile : public std::enable_shared_from_this<MappedFile> {
 public:
  /// Or a copy of them, if `options` say so. Throws FileError, which names the path and the reason.
  static std::shared_ptr<const MappedFile> open(const std::string& path,
                                                const ReadOptions& options = {});
  /// The same over a copy of bytes in memory, called `name` in messages.
  static std::shared_ptr<const MappedFile> copy_of(std::string_view bytes, std::string name);
  /// Memory for the caller to fill; throws Error if the machine has not so much.
  static std::shared_ptr<MappedFile> allocate(int64_t size, std::string name);
  /// A part of this file as a file of its own, called `name` in messages; nothing is copied. The
  /// caller has checked that it is inside.
  std::shared_ptr<const MappedFile> part(int64_t offset, int64_t size, std::string name) const;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& name() const { return name_; }
  std::string_view bytes() const { return {data_, static_cast<size_t>(size_)}; }
  int64_t size() const { return size_; }
  /// The bytes, to be filled after allocate().
  char* data() { return data_; }

  /// The tensor whose elements begin at byte `offset`, in row-major order; the caller has checked
  /// that they are all inside of the file. It refers to the mapping unless the place is not
  /// aligned for the dtype. Bools are copied: a bool has to be 0 or 1, a byte of a file need not.
  Tensor tensor(int64_t offset, const Shape& shape, DType dtype) const;

  /// Throws FileError: "<name>: <text>".
  [[noreturn]] void fail(const std::string& text) const;

 private:
  MappedFile(std::string name, char* data, int64_t size, std::shared_ptr<const void> keeper);

  std::string name_;
  char* data_;
  int64_t size_;
  std::shared_ptr<const void> keeper_;  // frees the memory
};

/// Throws ValueError, with `name` in it, for tensors that are undefined or have no elements (meta).
void check_has_elements(const Tensor& x, std::string_view name);
/// The elements of a tensor in row-major order as they stand in memory, ready to be written; for
/// formats with little-endian elements. Throws as check_has_elements.
Tensor writable_elements(const Tensor& x, std::string_view name);
/// The bytes of what writable_elements gave.
std::string_view element_bytes(const Tensor& contiguous);

}  // namespace wick::io
