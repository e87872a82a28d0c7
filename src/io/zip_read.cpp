#include <zlib.h>

#include <algorithm>

#include "core/check.h"
#include "io/quote.h"
#include "io/zip.h"

namespace wick::io {
namespace {

uint32_t crc_of(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Inflates `from` to the `size` bytes at `to`; false if it is not that, exactly.
bool inflate_to(std::string_view from, char* to, int64_t size) {
  constexpr size_t most = size_t{1} << 30;  // zlib counts in 32 bits
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  auto left = static_cast<size_t>(size);
  int status = Z_OK;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
  stream.next_out = reinterpret_cast<Bytef*>(to);
  while (status == Z_OK) {
    const size_t in = std::min(from.size(), most);
    const size_t out = std::min(left, most);
    stream.avail_in = static_cast<uInt>(in);
    stream.avail_out = static_cast<uInt>(out);
    status = inflate(&stream, Z_NO_FLUSH);  // without progress it says Z_BUF_ERROR
    from.remove_prefix(in - stream.avail_in);
    left -= out - stream.avail_out;
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END && left == 0 && from.empty();
}

}  // namespace

ZipReader::ZipReader(std::shared_ptr<const MappedFile> file)
    : file_(std::move(file)), entries_(zip_directory(*file_)) {
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!by_name_.emplace(entries_[i].name, i).second)
      file_->fail(
          fmt::format("the zip archive has two entries called {}", quoted(entries_[i].name)));
  check_places();
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
  std::shared_ptr<const MappedFile> result;
  if (entry.compressed) {
    const auto inflated =
        MappedFile::allocate(entry.size, file_->name() + "/" + printable(entry.name));
    const std::string_view from = file_->bytes().substr(static_cast<size_t>(entry.offset),
                                                        static_cast<size_t>(entry.stored_size));
    if (!inflate_to(from, inflated->data(), entry.size))
      file_->fail(
          fmt::format("entry {} of the zip archive is damaged: it does not inflate to what it was",
                      quoted(entry.name)));
    result = inflated;
  } else {
    result = map(entry);
  }
  if (crc_of(result->bytes()) != entry.crc)
    file_->fail(
        fmt::format("entry {} of the zip archive is damaged: its CRC differs", quoted(entry.name)));
  return result;
}

}  // namespace wick::io
