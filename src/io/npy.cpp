#include "wick/io/npy.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/check.h"
#include "core/tensor_impl.h"
#include "io/byte_count.h"
#include "io/mapped_file.h"
#include "io/npy.h"
#include "io/quote.h"
#include "io/recognise.h"
#include "wick/autograd.h"

namespace wick::io {
namespace {

struct Descr {
  std::string_view text;  // without the byte order
  DType dtype;
};

constexpr std::array<Descr, 7> descrs = {{{"f8", DType::float64},
                                          {"f4", DType::float32},
                                          {"f2", DType::float16},
                                          {"i8", DType::int64},
                                          {"i4", DType::int32},
                                          {"u1", DType::uint8},
                                          {"b1", DType::bool_}}};

/// The dtype of `descr`, and whether the bytes of an element stand in the other order.
std::pair<DType, bool> parse_descr(const MappedFile& file, const std::string& descr) {
  std::string_view text = descr;
  char order = '=';
  if (!text.empty() && std::string_view("<>=|").find(text[0]) != std::string_view::npos) {
    order = text[0];
    text.remove_prefix(1);
  }
  for (const Descr& known : descrs)
    if (known.text == text) return {known.dtype, order == '>' && element_size(known.dtype) > 1};
  if (text.starts_with('O'))
    file.fail(
        "arrays of Python objects are not supported: reading them would run code in the file");
  file.fail(
      fmt::format("the dtype {} is not supported; wick reads f8, f4, f2, i8, i4, u1 and b1: "
                  "convert the array with x.astype() before it is saved",
                  io::quoted(descr)));
}

template <class T>
void swap_elements(char* data, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    std::array<char, sizeof(T)> bytes;
    std::memcpy(bytes.data(), data, sizeof(T));
    std::reverse(bytes.begin(), bytes.end());
    std::memcpy(data, bytes.data(), sizeof(T));
    data += sizeof(T);
  }
}

/// A copy of the elements at `offset`, each with its bytes reversed.
Tensor swapped(const MappedFile& file, int64_t offset, const Shape& shape, DType dtype) {
  const Tensor x = core::make(shape, dtype);
  const std::string_view bytes = file.bytes().substr(static_cast<size_t>(offset));
  const auto size = static_cast<size_t>(x.numel()) * element_size(dtype);
  if (size == 0) return x;
  char* data = core::bytes(x);
  std::memcpy(data, bytes.data(), size);
  switch (element_size(dtype)) {
    case 8:
      swap_elements<uint64_t>(data, x.numel());
      break;
    case 4:
      swap_elements<uint32_t>(data, x.numel());
      break;
    default:
      swap_elements<uint16_t>(data, x.numel());
      break;
  }
  return x;
}

/// Where the header stands: after the magic, the version and its length.
struct Span {
  int64_t begin, size;
};

Span find_header(const MappedFile& file, std::string_view bytes) {
  if (!bytes.starts_with(npy_magic))
    file.fail(fmt::format("not an npy file: it must begin with {}, got {}", io::quoted(npy_magic),
                          io::quoted(bytes.substr(0, npy_magic.size()))));
  const auto byte = [bytes](size_t i) {
    return static_cast<int64_t>(static_cast<unsigned char>(bytes[i]));
  };
  const size_t at = npy_magic.size();
  if (bytes.size() < at + 2) file.fail("the file is cut off in front of the npy header");
  const int64_t major = byte(at), minor = byte(at + 1);
  if (major < 1 || major > 3 || minor != 0)
    file.fail(
        fmt::format("version {}.{} of the npy format is not supported; wick reads 1.0, 2.0 "
                    "and 3.0",
                    major, minor));
  const size_t length_bytes = major == 1 ? 2 : 4;
  const size_t begin = at + 2 + length_bytes;
  if (bytes.size() < begin) file.fail("the file is cut off in front of the npy header");
  int64_t size = 0;
  for (size_t i = length_bytes; i-- > 0;) size = size << 8 | byte(at + 2 + i);
  if (size > static_cast<int64_t>(bytes.size() - begin))
    file.fail(
        fmt::format("the file is cut off: the npy header should have {} bytes, but only {} follow",
                    size, bytes.size() - begin));
  return {static_cast<int64_t>(begin), size};
}

}  // namespace

Tensor read_npy(const MappedFile& file, int64_t offset, int64_t size) {
  const std::string_view bytes =
      file.bytes().substr(static_cast<size_t>(offset), static_cast<size_t>(size));
  const Span place = find_header(file, bytes);
  const NpyHeader header = parse_npy_header(
      file, bytes.substr(static_cast<size_t>(place.begin), static_cast<size_t>(place.size)));
  const auto [dtype, swap] = parse_descr(file, header.descr);
  const std::optional<int64_t> needed = byte_count(header.shape, dtype);
  if (!needed)
    file.fail(fmt::format("the size of an array of shape {} overflows 64 bits", header.shape));
  const int64_t data = place.begin + place.size;
  if (*needed > size - data)
    file.fail(fmt::format(
        "the file is cut off: an array of shape {} and dtype {} takes {} bytes, but only {} follow "
        "the header",
        header.shape, header.descr, *needed, size - data));
  Shape stored = header.shape;
  if (header.fortran_order) std::reverse(stored.begin(), stored.end());
  const Tensor x = swap ? swapped(file, offset + data, stored, dtype)
                        : file.tensor(offset + data, stored, dtype);
  if (!header.fortran_order || stored.size() < 2) return x;
  Dims reversed;
  for (size_t i = stored.size(); i-- > 0;) reversed.push_back(static_cast<int64_t>(i));
  const NoGradGuard guard;
  return x.permute(reversed).contiguous();
}

Tensor load_npy(const std::string& path) { return load_npy(path, {}); }

Tensor load_npy(const std::string& path, const ReadOptions& options) {
  const auto file = MappedFile::open(path, options);
  if (file->size() > 0 && !file->bytes().starts_with(npy_magic))
    check_not_other(*file, "an npy file");
  return read_npy(*file, 0, file->size());
}

void save_npy(const std::string& path, const Tensor& x) {
  const Tensor elements = writable_elements(x, path);
  const std::string header = npy_header(elements, path);
  AtomicFile file(path);
  file.write(header);
  file.write(element_bytes(elements));
  file.commit();
}

}  // namespace wick::io
