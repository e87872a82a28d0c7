#include "wick/io/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "io/byte_count.h"
#include "io/mapped_file.h"
#include "io/quote.h"
#include "io/recognise.h"
#include "io/safetensors.h"
#include "text/utf8.h"

namespace wick::io {
namespace {

constexpr int64_t length_bytes = 8;  // in front of the header

static_assert(std::endian::native == std::endian::little, "the length is little-endian");

/// The text of the header.
std::string_view header_text(const MappedFile& file) {
  const std::string_view bytes = file.bytes();
  if (file.size() < length_bytes)
    file.fail(fmt::format(
        "not a safetensors file: it has {} bytes, and the length of the header alone takes {}",
        file.size(), length_bytes));
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > static_cast<uint64_t>(safetensors_max_header))
    file.fail(
        fmt::format("not a safetensors file: its first 8 bytes ask for a header of {} bytes, more "
                    "than the limit of {}",
                    length, safetensors_max_header));
  if (length > static_cast<uint64_t>(file.size() - length_bytes))
    file.fail(fmt::format(
        "the file is cut off, or is no safetensors file: its first 8 bytes ask for a header of {} "
        "bytes, but only {} follow",
        length, file.size() - length_bytes));
  const std::string_view text = bytes.substr(length_bytes, length);
  if (!text.starts_with('{'))
    file.fail(fmt::format("not a safetensors file: the header must begin with {{, got {}",
                          io::quoted(text.substr(0, 8))));
  return text;
}

/// Sorts the entries by their data, and checks that together they are the `available` bytes.
void check_layout(const MappedFile& file, std::vector<SafetensorsEntry>& entries,
                  int64_t available) {
  const auto fail = [&file]<class... Args>(const SafetensorsEntry& entry,
                                           fmt::format_string<Args...> text, Args&&... args) {
    file.fail(fmt::format("tensor {}: {}", io::quoted(entry.name),
                          fmt::format(text, std::forward<Args>(args)...)));
  };
  for (const SafetensorsEntry& entry : entries) {
    const std::optional<int64_t> bytes = byte_count(entry.shape, entry.dtype);
    if (!bytes) fail(entry, "the size of shape {} overflows 64 bits", entry.shape);
    if (entry.begin > entry.end)
      fail(entry, "data_offsets [{}, {}] end before they begin", entry.begin, entry.end);
    if (entry.end - entry.begin != *bytes)
      fail(entry, "shape {} of {} takes {} bytes, but data_offsets [{}, {}] hold {}", entry.shape,
           safetensors_name(entry.dtype), *bytes, entry.begin, entry.end, entry.end - entry.begin);
    if (entry.end > available)
      fail(entry,
           "data_offsets [{}, {}] reach beyond the {} bytes of data in the file; is it cut off?",
           entry.begin, entry.end, available);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  int64_t end = 0;
  const SafetensorsEntry* before = nullptr;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin < end)
      fail(entry, "data_offsets [{}, {}] overlap those of tensor {}, [{}, {}]", entry.begin,
           entry.end, io::quoted(before->name), before->begin, before->end);
    if (entry.begin > end)
      fail(entry, "data_offsets [{}, {}] leave a hole: the tensors before it end at byte {}",
           entry.begin, entry.end, end);
    end = entry.end;
    before = &entry;
  }
  if (end != available)
    file.fail(fmt::format("the tensors end at byte {} of the data, but the file has {} bytes of it",
                          end, available));
}

void check_names(const StateDict& state, const Metadata& metadata) {
  for (const auto& [name, tensor] : state) {
    if (!utf8::is_valid(name))
      core::fail<ValueError>("save_safetensors: the name {} is not UTF-8", io::quoted(name));
    if (name == safetensors_metadata_name)
      core::fail<ValueError>(
          "save_safetensors: a tensor cannot be called \"__metadata__\": the format keeps its "
          "metadata there");
  }
  for (const auto& [key, value] : metadata) {
    if (!utf8::is_valid(key) || !utf8::is_valid(value))
      core::fail<ValueError>("save_safetensors: the metadata {}: {} is not UTF-8", io::quoted(key),
                             io::quoted(value));
  }
  if (const std::string* key = key_that_stands_twice(metadata))
    core::fail<ValueError>("save_safetensors: the metadata has the key {} twice", io::quoted(*key));
}

/// Largest elements first, so that all are aligned: the order of the dtypes in the format's own
/// library, whose files are thereby the same.
int rank(DType dtype) {
  switch (dtype) {
    case DType::int64:
      return 0;
    case DType::float64:
      return 1;
    case DType::float32:
      return 2;
    case DType::int32:
      return 3;
    case DType::bfloat16:
      return 4;
    case DType::float16:
      return 5;
    case DType::uint8:
      return 6;
    case DType::bool_:
      break;
  }
  return 7;
}

using Named = std::pair<std::string, Tensor>;

/// The entries of `state` in the order of the file, each of them with elements to write.
std::vector<const Named*> in_file_order(const StateDict& state) {
  std::vector<const Named*> order;
  for (const Named& entry : state) {
    check_has_elements(entry.second, entry.first);
    order.push_back(&entry);
  }
  std::sort(order.begin(), order.end(), [](const Named* a, const Named* b) {
    const int rank_a = rank(a->second.dtype());
    const int rank_b = rank(b->second.dtype());
    return rank_a != rank_b ? rank_a < rank_b : a->first < b->first;
  });
  return order;
}

/// The JSON of the header, without the length in front of it.
std::string make_header(const std::vector<const Named*>& order, const Metadata& metadata) {
  const auto text = [](const std::string& value) { return nlohmann::json(value).dump(); };
  std::string header;
  for (const auto& [key, value] : metadata)
    header += fmt::format("{}{}:{}", header.empty() ? "" : ",", text(key), text(value));
  if (!metadata.empty()) header = fmt::format("\"{}\":{{{}}}", safetensors_metadata_name, header);
  int64_t offset = 0;
  for (const Named* entry : order) {
    const auto& [name, tensor] = *entry;
    const std::optional<int64_t> bytes = byte_count(tensor.shape(), tensor.dtype());
    int64_t end = 0;
    if (!bytes || __builtin_add_overflow(offset, *bytes, &end))
      core::fail<ValueError>("save_safetensors: the size of the data overflows 64 bits at {}",
                             io::quoted(name));
    header += fmt::format("{}{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                          header.empty() ? "" : ",", text(name), safetensors_name(tensor.dtype()),
                          fmt::join(tensor.shape(), ","), offset, end);
    offset = end;
  }
  header = "{" + header + "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');  // the data begins aligned
  if (static_cast<int64_t>(header.size()) > safetensors_max_header)
    core::fail<ValueError>(
        "save_safetensors: the header would have {} bytes, more than the limit of {}",
        header.size(), safetensors_max_header);
  return header;
}

}  // namespace

StateDict read_safetensors(const MappedFile& file, Metadata* metadata) {
  if (file.size() > 0 && !is_safetensors(file.bytes())) check_not_other(file, "a safetensors file");
  const std::string_view text = header_text(file);
  SafetensorsHeader header = parse_safetensors_header(file, text);
  const int64_t data = length_bytes + static_cast<int64_t>(text.size());
  check_layout(file, header.entries, file.size() - data);
  StateDict state;
  for (const SafetensorsEntry& entry : header.entries) {
    if (state.contains(entry.name))
      file.fail(fmt::format("two tensors are called {}", io::quoted(entry.name)));
    state.set(entry.name, file.tensor(data + entry.begin, entry.shape, entry.dtype));
  }
  if (metadata) *metadata = std::move(header.metadata);
  return state;
}

StateDict load_safetensors(const std::string& path) { return load_safetensors(path, {}); }

StateDict load_safetensors(const std::string& path, const ReadOptions& options) {
  return read_safetensors(*MappedFile::open(path, options));
}

Metadata safetensors_metadata(const std::string& path) {
  Metadata metadata;
  read_safetensors(*MappedFile::open(path), &metadata);
  return metadata;
}

void save_safetensors(const std::string& path, const StateDict& state, const Metadata& metadata) {
  check_names(state, metadata);
  const std::vector<const Named*> order = in_file_order(state);
  const std::string header = make_header(order, metadata);
  AtomicFile file(path);
  const uint64_t length = header.size();
  file.write({reinterpret_cast<const char*>(&length), sizeof length});
  file.write(header);
  for (const Named* entry : order)
    file.write(element_bytes(writable_elements(entry->second, entry->first)));
  file.commit();
}

}  // namespace wick::io
