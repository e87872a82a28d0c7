// The central directory at the end of a zip archive. Read by hand: the minizip of some systems does
// not understand the zip64 fields of entries.
#include <algorithm>
#include <optional>

#include "core/check.h"
#include "io/quote.h"
#include "io/zip.h"

namespace wick::io {
namespace {

constexpr uint64_t most_inflation = 1032;  // times: what deflate can do at most
constexpr uint64_t in_zip64_field = 0xFFFFFFFF;
constexpr uint64_t deflated = 8;

constexpr std::string_view end_signature = "PK\5\6";
constexpr std::string_view end64_signature = "PK\6\6";
constexpr std::string_view locator_signature = "PK\6\7";
constexpr std::string_view entry_signature = "PK\1\2";
constexpr std::string_view local_signature = "PK\3\4";

/// A record of fixed fields.
class Record {
 public:
  explicit Record(std::string_view bytes) : bytes_(bytes) {}
  /// The little-endian number of `size` bytes at byte `at`.
  uint64_t number(size_t at, size_t size) const {
    uint64_t result = 0;
    for (size_t i = 0; i < size; ++i)
      result |= uint64_t{static_cast<unsigned char>(bytes_[at + i])} << (8 * i);
    return result;
  }

 private:
  std::string_view bytes_;
};

/// The record of `size` bytes at byte `at`, if it is there.
std::optional<Record> record(std::string_view file, uint64_t at, std::string_view signature,
                             size_t size) {
  if (at > file.size() || file.size() - at < size) return std::nullopt;
  const std::string_view bytes = file.substr(at, size);
  return bytes.starts_with(signature) ? std::optional(Record(bytes)) : std::nullopt;
}

/// Where the central directory is.
struct Place {
  uint64_t begin;
  uint64_t end;
  uint64_t entries;
  uint64_t before;  ///< bytes of something else before the archive
};

/// What is of 32 or of 64 bits in the directory.
struct Numbers {
  uint64_t offset;
  uint64_t size;
  uint64_t stored;
};

class Directory {
 public:
  explicit Directory(const MappedFile& file) : file_(file), bytes_(file.bytes()) {}

  std::vector<ZipEntry> read() const {
    constexpr uint64_t least_size = 46;  // of an entry
    const Place place = find();
    if (place.entries > static_cast<uint64_t>(zip_max_entries))
      file_.fail(fmt::format("a zip archive with {} entries; {} is the limit", place.entries,
                             zip_max_entries));
    if (place.entries > (place.end - place.begin) / least_size) fail_at(0, place);
    std::vector<ZipEntry> entries;
    uint64_t at = place.begin;
    for (uint64_t i = 0; i < place.entries; ++i) {
      const auto fields = record(bytes_.substr(0, place.end), at, entry_signature, least_size);
      if (!fields) fail_at(i, place);
      const uint64_t name_size = fields->number(28, 2);
      const uint64_t extra_size = fields->number(30, 2);
      const uint64_t comment_size = fields->number(32, 2);
      at += least_size;
      if (name_size + extra_size + comment_size > place.end - at) fail_at(i, place);
      entries.push_back(entry(*fields, bytes_.substr(at, name_size),
                              bytes_.substr(at + name_size, extra_size), place));
      at += name_size + extra_size + comment_size;
    }
    return entries;
  }

 private:
  [[noreturn]] void fail_cut() const {
    file_.fail("not a zip archive, or one that is cut short: it has no central directory");
  }
  [[noreturn]] void fail_at(uint64_t entry, const Place& place) const {
    file_.fail(fmt::format(
        "the zip archive is damaged: entry {} of {} in its central directory is not valid", entry,
        place.entries));
  }
  [[noreturn]] void fail_entry(std::string_view name, std::string_view what) const {
    file_.fail(fmt::format("entry {} of the zip archive {}", quoted(name), what));
  }

  /// By the record at the end, which a comment may follow.
  Place find() const {
    constexpr size_t end_size = 22;
    constexpr size_t longest_comment = 0xFFFF;
    const size_t from = bytes_.size() - std::min(bytes_.size(), end_size + longest_comment);
    const size_t found = bytes_.substr(from).rfind(end_signature);
    if (found == bytes_.npos) fail_cut();
    const uint64_t at = from + found;
    const auto end = record(bytes_, at, end_signature, end_size);
    if (!end || end->number(20, 2) > bytes_.size() - at - end_size) fail_cut();
    if (const std::optional<Place> place = find_zip64(at)) return *place;
    return place(at, end->number(10, 2), end->number(12, 4), end->number(16, 4),
                 end->number(4, 2) == 0 && end->number(6, 2) == 0);
  }

  /// By the zip64 record, which a locator before the one at the end leads to.
  std::optional<Place> find_zip64(uint64_t end) const {
    constexpr uint64_t locator_size = 20;
    constexpr uint64_t record_size = 56;
    if (end < locator_size) return std::nullopt;
    const auto locator = record(bytes_, end - locator_size, locator_signature, locator_size);
    if (!locator) return std::nullopt;
    // It stands where the locator says, or right before that if something is before the archive.
    uint64_t at = locator->number(8, 8);
    auto fields = record(bytes_, at, end64_signature, record_size);
    if (!fields && end >= locator_size + record_size) {
      at = end - locator_size - record_size;
      fields = record(bytes_, at, end64_signature, record_size);
    }
    if (!fields) fail_cut();
    return place(at, fields->number(32, 8), fields->number(40, 8), fields->number(48, 8),
                 fields->number(16, 4) == 0 && fields->number(20, 4) == 0);
  }

  Place place(uint64_t end, uint64_t entries, uint64_t size, uint64_t offset,
              bool is_one_file) const {
    if (!is_one_file) file_.fail("a zip archive in several files, which wick does not read");
    if (size > end || offset > end - size)
      file_.fail("the zip archive is damaged: its central directory is not where it should be");
    return {end - size, end, entries, end - size - offset};
  }

  ZipEntry entry(const Record& fields, std::string_view name, std::string_view extra,
                 const Place& place) const {
    if (name.empty() || name.find('\0') != name.npos)
      file_.fail("the zip archive is damaged: an entry's name is empty or has a 0 byte in it");
    const uint64_t method = fields.number(10, 2);
    if (fields.number(8, 2) & 1) fail_entry(name, "is encrypted");
    if (method != 0 && method != deflated)
      fail_entry(name, fmt::format("is compressed with method {}; wick reads 0 (stored) and 8 "
                                   "(deflated)",
                                   method));
    uint64_t size = fields.number(24, 4);
    uint64_t stored = fields.number(20, 4);
    uint64_t offset = fields.number(42, 4);
    read_zip64(extra, {&size, &stored, &offset});
    const uint64_t data = data_offset(fields, name, {offset, size, stored}, place);
    if (stored > place.begin - data)
      fail_entry(name,
                 fmt::format("ends outside of the archive: {} bytes at {}, its directory is at {}",
                             stored, data, place.begin));
    const bool possible = method == 0 ? size == stored : size / most_inflation <= stored;
    if (!possible)
      fail_entry(name,
                 fmt::format("says that {} bytes are made of {}, which cannot be", size, stored));
    return {std::string(name),
            static_cast<int64_t>(size),
            static_cast<int64_t>(stored),
            method != 0,
            static_cast<uint32_t>(fields.number(16, 4)),
            static_cast<int64_t>(data)};
  }

  /// Replaces the numbers that are too large for their fields by those of the zip64 field.
  static void read_zip64(std::string_view extra, std::initializer_list<uint64_t*> numbers) {
    constexpr size_t head = 4;
    constexpr uint64_t zip64_id = 1;
    while (extra.size() >= head) {
      const Record field(extra);
      const uint64_t size = std::min<uint64_t>(field.number(2, 2), extra.size() - head);
      uint64_t at = head;
      if (field.number(0, 2) == zip64_id)
        for (uint64_t* number : numbers)
          if (*number == in_zip64_field && at + 8 <= head + size) {
            *number = field.number(at, 8);
            at += 8;
          }
      extra.remove_prefix(head + size);
    }
  }

  /// Behind the header before an entry's data, which says the same as the central directory.
  uint64_t data_offset(const Record& fields, std::string_view name, const Numbers& numbers,
                       const Place& place) const {
    constexpr size_t header_size = 30;
    constexpr uint64_t sizes_follow = 8;  // a flag: then they are not in this header
    const std::string_view before_directory = bytes_.substr(0, place.begin);
    const auto header =
        numbers.offset > place.begin
            ? std::nullopt
            : record(before_directory, place.before + numbers.offset, local_signature, header_size);
    if (!header) fail_entry(name, "has no valid header before its data");
    const uint64_t at = place.before + numbers.offset + header_size;
    const uint64_t name_size = header->number(26, 2);
    const uint64_t extra_size = header->number(28, 2);
    bool same = header->number(8, 2) == fields.number(10, 2) &&
                name_size + extra_size <= place.begin - at && bytes_.substr(at, name_size) == name;
    const auto is = [&](size_t field, uint64_t number) {
      const uint64_t value = header->number(field, 4);
      return value == number || value == in_zip64_field;
    };
    if ((header->number(6, 2) & sizes_follow) == 0)
      same = same && header->number(14, 4) == fields.number(16, 4) && is(18, numbers.stored) &&
             is(22, numbers.size);
    if (!same) fail_entry(name, "has no valid header before its data");
    return at + name_size + extra_size;
  }

  const MappedFile& file_;
  const std::string_view bytes_;
};

}  // namespace

std::vector<ZipEntry> zip_directory(const MappedFile& file) { return Directory(file).read(); }

}  // namespace wick::io
