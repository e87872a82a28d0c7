#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/check.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "io/descriptor.h"
#include "wick/autograd.h"

namespace wick::io {
namespace {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

/// Opens a regular file for reading and finds its size.
Descriptor open_to_read(const std::string& path, int64_t& size) {
  check_path("read", path);
  // Not blocking: a pipe that nobody writes to must not hang.
  Descriptor file(
      uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  struct stat status {};
  if (!file || ::fstat(file.number(), &status) != 0) fail_to("read", path, errno);
  if (S_ISDIR(status.st_mode)) fail_to("read", path, EISDIR);
  if (!S_ISREG(status.st_mode)) core::fail<FileError>("cannot read {}: not a regular file", path);
  size = static_cast<int64_t>(status.st_size);
  return file;
}

/// Reads up to `size` bytes; fewer if the file has shrunk since it was opened.
size_t read_bytes(const Descriptor& file, const std::string& path, char* to, size_t size) {
  size_t got = 0;
  while (got < size) {
    const ssize_t n = uninterrupted([&] { return ::read(file.number(), to + got, size - got); });
    if (n < 0) fail_to("read", path, errno);
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  return got;
}

}  // namespace

std::string read_file(const std::string& path, int64_t max_bytes) {
  int64_t size = 0;
  const Descriptor file = open_to_read(path, size);
  if (size > max_bytes)
    core::fail<FileError>("cannot read {}: it has {} bytes, more than the limit of {}", path, size,
                          max_bytes);
  core::check_memory(size, 1);
  std::string bytes(static_cast<size_t>(size), '\0');
  bytes.resize(read_bytes(file, path, bytes.data(), bytes.size()));
  return bytes;
}

MappedFile::MappedFile(std::string name, char* data, int64_t size,
                       std::shared_ptr<const void> keeper)
    : name_(std::move(name)), data_(data), size_(size), keeper_(std::move(keeper)) {}

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path,
                                                   const ReadOptions& options) {
  int64_t size = 0;
  const Descriptor file = open_to_read(path, size);
  if (size == 0) return copy_of("", path);
  const auto length = static_cast<size_t>(size);
  if (!options.mmap) {
    const auto copy = allocate(size, path);
    if (read_bytes(file, path, copy->data_, length) < length)
      core::fail<FileError>("cannot read {}: it became shorter while it was read", path);
    return copy;
  }
  void* data = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.number(), 0);
  if (data == MAP_FAILED) fail_to("map", path, errno);
  std::shared_ptr<const void> keeper(data, [length](void* at) { ::munmap(at, length); });
  return std::shared_ptr<const MappedFile>(
      new MappedFile(path, static_cast<char*>(data), size, std::move(keeper)));
}

std::shared_ptr<MappedFile> MappedFile::allocate(int64_t size, std::string name) {
  core::check_memory(size, 1);
  constexpr std::align_val_t alignment{64};
  void* data = ::operator new(static_cast<size_t>(size) + 1, alignment);
  std::shared_ptr<const void> keeper(data, [](void* at) { ::operator delete(at, alignment); });
  return std::shared_ptr<MappedFile>(
      new MappedFile(std::move(name), static_cast<char*>(data), size, std::move(keeper)));
}

std::shared_ptr<const MappedFile> MappedFile::copy_of(std::string_view bytes, std::string name) {
  const auto result = allocate(static_cast<int64_t>(bytes.size()), std::move(name));
  std::copy(bytes.begin(), bytes.end(), result->data_);
  return result;
}

std::shared_ptr<const MappedFile> MappedFile::part(int64_t offset, int64_t size,
                                                   std::string name) const {
  return std::shared_ptr<const MappedFile>(
      new MappedFile(std::move(name), data_ + offset, size, shared_from_this()));
}

Tensor MappedFile::tensor(int64_t offset, const Shape& shape, DType dtype) const {
  char* first = data_ + offset;
  const auto size = static_cast<int64_t>(element_size(dtype));
  const int64_t count = shape.numel();
  const bool aligned = reinterpret_cast<uintptr_t>(first) % static_cast<size_t>(size) == 0;
  if (count > 0 && aligned && dtype != DType::bool_)
    return core::from_storage(std::make_shared<Storage>(first, count * size, shared_from_this()),
                              shape, core::contiguous_strides(shape), dtype);
  const Tensor copy = core::make(shape, dtype);
  if (count == 0) return copy;
  char* to = core::bytes(copy);
  if (dtype == DType::bool_)
    for (int64_t i = 0; i < count; ++i) to[i] = first[i] != 0;
  else
    std::memcpy(to, first, static_cast<size_t>(count * size));
  return copy;
}

void MappedFile::fail(const std::string& text) const {
  core::fail<FileError>("{}: {}", name_, text);
}

void check_has_elements(const Tensor& x, std::string_view name) {
  if (!x.defined()) core::fail<ValueError>("cannot save \"{}\": the tensor is undefined", name);
  if (x.is_meta())
    core::fail<ValueError>("cannot save \"{}\": it is on the meta device and has no elements",
                           name);
}

Tensor writable_elements(const Tensor& x, std::string_view name) {
  check_has_elements(x, name);
  const NoGradGuard guard;
  return x.contiguous();
}

std::string_view element_bytes(const Tensor& contiguous) {
  const auto size = static_cast<size_t>(contiguous.numel()) * element_size(contiguous.dtype());
  return {core::bytes(contiguous), size};
}

}  // namespace wick::io
