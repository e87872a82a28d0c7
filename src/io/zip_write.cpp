#include <minizip/zip.h>

#include <algorithm>
#include <new>

#include "core/check.h"
#include "io/quote.h"
#include "io/zip.h"

namespace wick::io {
namespace {

constexpr int64_t alignment = 64;
constexpr int64_t local_header_size = 30;
constexpr int64_t zip64_field_size = 20;    // what minizip puts behind our extra field
constexpr int64_t zip64_from = 0xF0000000;  // some room: deflating may add bytes
constexpr size_t chunk = size_t{1} << 20;
constexpr uLong made_by = 45;          // version 4.5 of the format, on no particular system
constexpr uLong utf8_name = 1 << 11;   // the flag that says so
constexpr uLong first_day = 0x210000;  // 1980-01-01, so that no time of day is in the file

/// An extra field after which an entry's data is aligned: "FB", as PyTorch writes it, and padding.
std::string padding(int64_t begin) {
  constexpr int64_t field_header = 4;
  const int64_t size = (alignment - (begin + field_header) % alignment) % alignment;
  std::string field = "FB";
  field += static_cast<char>(size);
  field += '\0';
  field.append(static_cast<size_t>(size), 'Z');
  return field;
}

}  // namespace

/// The file as minizip sees it. No exception may cross minizip, which is C: it waits here.
struct ZipWriter::Output {
  AtomicFile& file;
  zipFile zip = nullptr;
  int64_t position = 0;
  std::exception_ptr error = nullptr;

  uLong write(const void* bytes, uLong size) {
    try {
      const std::string_view data(static_cast<const char*>(bytes), size);
      // Only a header that was written before, whose sizes are known now, is gone back to.
      const auto behind = static_cast<size_t>(file.size() - position);
      file.write_at(position, data.substr(0, behind));
      if (size > behind) file.write(data.substr(behind));
      position += static_cast<int64_t>(size);
      return size;
    } catch (...) {
      error = std::current_exception();
      return 0;
    }
  }

  long seek(ZPOS64_T offset, int origin) {
    const int64_t base = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                         : origin == ZLIB_FILEFUNC_SEEK_CUR ? position
                                                            : file.size();
    const auto target = static_cast<int64_t>(static_cast<ZPOS64_T>(base) + offset);
    if (target < 0 || target > file.size()) return -1;
    position = target;
    return 0;
  }

  static zlib_filefunc64_def functions(Output* self) {
    zlib_filefunc64_def f{};
    f.zopen64_file = [](voidpf opaque, const void*, int) { return opaque; };
    f.zread_file = [](voidpf, voidpf, void*, uLong) { return uLong{0}; };
    f.zwrite_file = [](voidpf opaque, voidpf, const void* bytes, uLong size) {
      return static_cast<Output*>(opaque)->write(bytes, size);
    };
    f.ztell64_file = [](voidpf opaque, voidpf) {
      return static_cast<ZPOS64_T>(static_cast<Output*>(opaque)->position);
    };
    f.zseek64_file = [](voidpf opaque, voidpf, ZPOS64_T offset, int origin) {
      return static_cast<Output*>(opaque)->seek(offset, origin);
    };
    f.zclose_file = [](voidpf, voidpf) { return 0; };
    f.zerror_file = [](voidpf opaque, voidpf) {
      return static_cast<Output*>(opaque)->error ? 1 : 0;
    };
    f.opaque = self;
    return f;
  }
};

ZipWriter::ZipWriter(AtomicFile& file) : output_(new Output{file}) {
  zlib_filefunc64_def functions = Output::functions(output_.get());
  output_->zip = zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &functions);
  check(output_->zip ? ZIP_OK : Z_MEM_ERROR);
}

ZipWriter::~ZipWriter() {
  if (output_->zip) zipClose(output_->zip, nullptr);
}

void ZipWriter::check(int status) {
  if (output_->error) std::rethrow_exception(std::exchange(output_->error, nullptr));
  if (status == Z_MEM_ERROR) throw std::bad_alloc();
  if (status != ZIP_OK)
    core::fail<FileError>("cannot write a zip archive: minizip says {}", status);
}

void ZipWriter::add(std::string_view name, std::initializer_list<std::string_view> pieces,
                    ZipOptions options) {
  constexpr size_t longest = 0xFFFF;
  if (name.empty() || name.size() > longest || name.find('\0') != name.npos)
    core::fail<ValueError>(
        "cannot save an entry called {} in a zip archive: a name has 1 to {} bytes, none of "
        "them 0",
        quoted(name), longest);
  int64_t size = 0;
  for (const std::string_view piece : pieces) size += static_cast<int64_t>(piece.size());
  const bool zip64 = size >= zip64_from;
  std::string extra;
  if (options.aligned)
    extra = padding(output_->position + local_header_size + static_cast<int64_t>(name.size()) +
                    (zip64 ? zip64_field_size : 0));
  zip_fileinfo info{};
  info.dosDate = first_day;
  const int method = options.compressed ? Z_DEFLATED : 0;
  check(zipOpenNewFileInZip4_64(output_->zip, std::string(name).c_str(), &info, extra.data(),
                                static_cast<uInt>(extra.size()), nullptr, 0, nullptr, method,
                                Z_DEFAULT_COMPRESSION, 0, -MAX_WBITS, DEF_MEM_LEVEL,
                                Z_DEFAULT_STRATEGY, nullptr, 0, made_by, utf8_name, zip64));
  for (std::string_view piece : pieces)
    for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), chunk)))
      check(zipWriteInFileInZip(output_->zip, piece.data(),
                                static_cast<unsigned>(std::min(piece.size(), chunk))));
  check(zipCloseFileInZip(output_->zip));
}

void ZipWriter::finish() { check(zipClose(std::exchange(output_->zip, nullptr), nullptr)); }

}  // namespace wick::io
