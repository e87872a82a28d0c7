#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/check.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "wick/autograd.h"
#include "wick/io/file.h"

namespace wick::io {
namespace {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

/// A file descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(int number) : value(number) {}
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value;
};

[[noreturn]] void fail_to(const char* what, const std::string& path, int error) {
  core::fail<FileError>("cannot {} {}: {}", what, path, std::strerror(error));
}

/// Opens a regular file for reading and finds its size.
Descriptor open_to_read(const std::string& path, int64_t& size) {
  // Not blocking: a pipe that nobody writes to must not hang.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.value < 0 || ::fstat(file.value, &status) != 0) fail_to("read", path, errno);
  if (S_ISDIR(status.st_mode)) fail_to("read", path, EISDIR);
  if (!S_ISREG(status.st_mode)) core::fail<FileError>("cannot read {}: not a regular file", path);
  size = static_cast<int64_t>(status.st_size);
  return Descriptor(std::exchange(file.value, -1));
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
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = ::read(file.value, bytes.data() + got, bytes.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_to("read", path, errno);
    if (n == 0) break;  // it shrank
    got += static_cast<size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

MappedFile::MappedFile(std::string name, char* data, int64_t size,
                       std::shared_ptr<const void> keeper)
    : name_(std::move(name)), data_(data), size_(size), keeper_(std::move(keeper)) {}

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  int64_t size = 0;
  const Descriptor file = open_to_read(path, size);
  if (size == 0) return copy_of("", path);
  const auto length = static_cast<size_t>(size);
  void* data = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.value, 0);
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

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) fail(EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {  // a device or a pipe is written to, not replaced
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail(errno);
    return;
  }
  if (exists)  // a symbolic link stays one: what it points to is replaced
    if (char* resolved = ::realpath(path_.c_str(), nullptr)) {
      path_ = resolved;
      std::free(resolved);
    }
  // A name of its own for every writer, in the same folder: only there can it be renamed.
  static std::atomic<unsigned> counter{0};
  temporary_ = fmt::format("{}.{}.{}.tmp", path_, ::getpid(), counter.fetch_add(1));
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(errno);
  if (exists) (void)::fchmod(descriptor_, status.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(int error) const { fail_to("write", path_, error); }

void AtomicFile::write(std::string_view bytes) {
  constexpr size_t most = size_t{1} << 30;  // more than 2 GB are not written by one call
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor_, bytes.data(), std::min(bytes.size(), most));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno);
    bytes.remove_prefix(static_cast<size_t>(n));
    size_ += n;
  }
}

void AtomicFile::write_at(int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno);
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += n;
  }
}

void AtomicFile::commit() {
  if (!temporary_.empty()) {
    if (::fsync(descriptor_) != 0) fail(errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
  }
  ::close(std::exchange(descriptor_, -1));
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
