#include <minizip/unzip.h>

#include <algorithm>
#include <cstring>

#include "core/check.h"
#include "io/quote.h"
#include "io/zip.h"

namespace wick::io {
namespace {

constexpr int64_t most_inflation = 1032;  // times: what deflate can do at most
constexpr unsigned chunk = 1U << 30;

/// A mapped file as minizip reads it.
struct Input {
  std::string_view bytes;
  size_t position = 0;
  bool ended = false;  // a read went beyond the end; minizip asks

  uLong read(void* to, uLong size) {
    const size_t n = std::min<size_t>(size, bytes.size() - position);
    if (n > 0) std::memcpy(to, bytes.data() + position, n);
    position += n;
    ended = ended || n < size;
    return n;
  }

  long seek(ZPOS64_T offset, int origin) {
    const ZPOS64_T base = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                          : origin == ZLIB_FILEFUNC_SEEK_CUR ? position
                                                             : bytes.size();
    const ZPOS64_T target = base + offset;  // wraps around for a negative offset
    if (target > bytes.size()) return -1;
    position = target;
    ended = false;
    return 0;
  }
};

zlib_filefunc64_def functions(Input* input) {
  zlib_filefunc64_def f{};
  f.zopen64_file = [](voidpf opaque, const void*, int) { return opaque; };
  f.zread_file = [](voidpf opaque, voidpf, void* to, uLong size) {
    return static_cast<Input*>(opaque)->read(to, size);
  };
  f.zwrite_file = [](voidpf, voidpf, const void*, uLong) { return uLong{0}; };
  f.ztell64_file = [](voidpf opaque, voidpf) {
    return static_cast<ZPOS64_T>(static_cast<Input*>(opaque)->position);
  };
  f.zseek64_file = [](voidpf opaque, voidpf, ZPOS64_T offset, int origin) {
    return static_cast<Input*>(opaque)->seek(offset, origin);
  };
  f.zclose_file = [](voidpf, voidpf) { return 0; };
  f.zerror_file = [](voidpf opaque, voidpf) { return static_cast<Input*>(opaque)->ended ? 1 : 0; };
  f.opaque = input;
  return f;
}

/// Where the record at the end of an archive begins, if it is whole; npos otherwise.
size_t end_record(std::string_view bytes) {
  constexpr size_t record_size = 22;
  constexpr size_t longest_comment = 0xFFFF;
  const size_t from = bytes.size() - std::min(bytes.size(), record_size + longest_comment);
  const size_t at = bytes.substr(from).rfind("PK\5\6");
  if (at == bytes.npos || bytes.size() - from - at < record_size) return bytes.npos;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[from + at + i]); };
  const size_t comment = byte(20) + size_t{256} * byte(21);
  return comment > bytes.size() - from - at - record_size ? bytes.npos : from + at;
}

}  // namespace

struct ZipReader::Handle {
  Input input;
  unzFile zip = nullptr;

  explicit Handle(std::string_view bytes) : input{bytes} {
    zlib_filefunc64_def f = functions(&input);
    zip = unzOpen2_64("", &f);
  }
  ~Handle() {
    if (zip) unzClose(zip);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

ZipReader::ZipReader(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {
  // Minizip does without the end record where it finds a zip64 one, and finds none at byte 0, where
  // an archive without entries has it.
  const size_t end = end_record(file_->bytes());
  if (end != 0) handle_.reset(new Handle(file_->bytes()));
  if (end == std::string_view::npos || (handle_ && !handle_->zip))
    file_->fail("not a zip archive, or one that is cut short: it has no central directory");
  if (handle_) list();
  check_places();
}

ZipReader::~ZipReader() = default;

void ZipReader::list() {
  unz_global_info64 info{};
  unzGetGlobalInfo64(handle_->zip, &info);
  if (info.number_entry > static_cast<ZPOS64_T>(zip_max_entries))
    file_->fail(fmt::format("a zip archive with {} entries; {} is the limit", info.number_entry,
                            zip_max_entries));
  for (ZPOS64_T i = 0; i < info.number_entry; ++i) {
    const int status = i == 0 ? unzGoToFirstFile(handle_->zip) : unzGoToNextFile(handle_->zip);
    if (status != UNZ_OK)
      file_->fail(
          fmt::format("the zip archive is damaged: entry {} of {} in its central directory is not "
                      "valid",
                      i, info.number_entry));
    entries_.push_back(current());
  }
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!by_name_.emplace(entries_[i].name, i).second)
      file_->fail(
          fmt::format("the zip archive has two entries called {}", quoted(entries_[i].name)));
}

ZipEntry ZipReader::current() const {
  const auto damaged = [&](const std::string& name, std::string_view what) {
    file_->fail(fmt::format("entry {} of the zip archive {}", quoted(name), what));
  };
  unz_file_info64 info{};
  ZipEntry entry;
  if (unzGetCurrentFileInfo64(handle_->zip, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK)
    file_->fail("the zip archive's central directory is damaged");
  std::vector<char> name(info.size_filename + 1);
  unzGetCurrentFileInfo64(handle_->zip, &info, name.data(), info.size_filename, nullptr, 0, nullptr,
                          0);
  entry.name.assign(name.data(), info.size_filename);
  if (entry.name.empty() || entry.name.find('\0') != std::string::npos)
    file_->fail("the zip archive is damaged: an entry's name is empty or has a 0 byte in it");
  if (info.flag & 1) damaged(entry.name, "is encrypted");
  if (info.compression_method != 0 && info.compression_method != Z_DEFLATED)
    damaged(entry.name, fmt::format("is compressed with method {}; wick reads 0 (stored) and 8 "
                                    "(deflated)",
                                    info.compression_method));
  unz64_file_pos place{};
  unzGetFilePos64(handle_->zip, &place);
  int method = 0;
  if (unzOpenCurrentFile2(handle_->zip, &method, nullptr, 1) != UNZ_OK)
    damaged(entry.name, "has no valid header before its data");
  const ZPOS64_T offset = unzGetCurrentFileZStreamPos64(handle_->zip);
  unzCloseCurrentFile(handle_->zip);
  const auto file_size = static_cast<ZPOS64_T>(file_->size());
  if (offset > file_size || info.compressed_size > file_size - offset)
    damaged(entry.name, fmt::format("ends outside of the file: {} bytes at {}, the file has {}",
                                    info.compressed_size, offset, file_size));
  entry.compressed = info.compression_method != 0;
  const bool possible = entry.compressed
                            ? info.uncompressed_size <= (info.compressed_size + 1) * most_inflation
                            : info.uncompressed_size == info.compressed_size;
  if (!possible)
    damaged(entry.name, fmt::format("says that {} bytes are made of {}, which cannot be",
                                    info.uncompressed_size, info.compressed_size));
  entry.size = static_cast<int64_t>(info.uncompressed_size);
  entry.stored_size = static_cast<int64_t>(info.compressed_size);
  entry.crc = static_cast<uint32_t>(info.crc);
  entry.offset = static_cast<int64_t>(offset);
  entry.directory = static_cast<int64_t>(place.pos_in_zip_directory);
  entry.index = static_cast<int64_t>(place.num_of_file);
  return entry;
}

void ZipReader::check_places() const {
  // Entries that share their data are how a small archive inflates to an endless one.
  std::vector<const ZipEntry*> order;
  for (const ZipEntry& entry : entries_)
    if (entry.stored_size > 0) order.push_back(&entry);
  std::sort(order.begin(), order.end(),
            [](const ZipEntry* a, const ZipEntry* b) { return a->offset < b->offset; });
  for (size_t i = 1; i < order.size(); ++i)
    if (order[i - 1]->offset + order[i - 1]->stored_size > order[i]->offset)
      file_->fail(fmt::format("entries {} and {} of the zip archive overlap",
                              quoted(order[i - 1]->name), quoted(order[i]->name)));
}

const ZipEntry* ZipReader::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : &entries_[at->second];
}

std::shared_ptr<const MappedFile> ZipReader::map(const ZipEntry& entry) const {
  return file_->part(entry.offset, entry.size, file_->name() + "/" + printable(entry.name));
}

std::shared_ptr<const MappedFile> ZipReader::read(const ZipEntry& entry, int64_t max_bytes) const {
  if (entry.size > max_bytes)
    file_->fail(fmt::format("entry {} of the zip archive has {} bytes; {} is the limit",
                            quoted(entry.name), entry.size, max_bytes));
  if (entry.compressed) {
    const auto result =
        MappedFile::allocate(entry.size, file_->name() + "/" + printable(entry.name));
    inflate(entry, result->data());
    return result;
  }
  const auto result = map(entry);
  const std::string_view bytes = result->bytes();
  if (crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) != entry.crc)
    file_->fail(
        fmt::format("entry {} of the zip archive is damaged: its CRC differs", quoted(entry.name)));
  return result;
}

void ZipReader::inflate(const ZipEntry& entry, char* to) const {
  unz64_file_pos place{};
  place.pos_in_zip_directory = static_cast<ZPOS64_T>(entry.directory);
  place.num_of_file = static_cast<ZPOS64_T>(entry.index);
  bool ok = unzGoToFilePos64(handle_->zip, &place) == UNZ_OK &&
            unzOpenCurrentFile(handle_->zip) == UNZ_OK;
  int64_t left = entry.size;
  while (ok && left > 0) {
    const auto most = static_cast<unsigned>(std::min<int64_t>(left, chunk));
    const int n = unzReadCurrentFile(handle_->zip, to, most);
    ok = n > 0;
    if (!ok) break;
    to += n;
    left -= n;
  }
  // Closing is what compares the CRC.
  ok = unzCloseCurrentFile(handle_->zip) == UNZ_OK && ok;
  if (!ok)
    file_->fail(
        fmt::format("entry {} of the zip archive is damaged: it does not inflate to what it was",
                    quoted(entry.name)));
}

}  // namespace wick::io
