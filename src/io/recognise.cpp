#include "io/recognise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "io/npy.h"
#include "io/npz.h"
#include "io/torch.h"
#include "wick/error.h"

namespace wick::io {
namespace {

/// How a file begins that is something else, and what to do with it.
struct Other {
  std::string_view magic;
  size_t offset;
  std::string_view advice;
};

constexpr std::array<Other, 10> others = {{
    {"version https://git-lfs", 0,
     "it is a pointer of Git LFS, not the file itself: fetch that with \"git lfs pull\""},
    {"\x1f\x8b", 0, "it is compressed with gzip: decompress it first"},
    {"\x28\xb5\x2f\xfd", 0, "it is compressed with zstd: decompress it first"},
    {"\xfd"
     "7zXZ",
     0, "it is compressed with xz: decompress it first"},
    {"BZh", 0, "it is compressed with bzip2: decompress it first"},
    {"ustar", 257, "it is a tar archive: unpack it first"},
    {"\x89HDF\r\n", 0, "it is HDF5, as Keras writes: save the weights with np.savez in Python"},
    {"GGUF", 0, "it is GGUF, as llama.cpp uses: wick has no quantised weights"},
    {"TFL3", 4, "it is a TensorFlow Lite model: save the weights with np.savez in Python"},
    {"<", 0, "it looks like HTML or XML; did the download give a page instead of the file?"},
}};

constexpr std::string_view is_torch = "it is a PyTorch checkpoint, which io::load_torch reads";

/// What an archive is; "" if it is damaged or has something else in it.
std::string what_archive_is(const MappedFile& file) {
  std::vector<ZipEntry> entries;
  try {
    entries = zip_directory(file);
  } catch (const FileError&) {
    return "";
  }
  const auto is_pickle = [](const ZipEntry& entry) {
    const std::string_view name = entry.name;
    return name.substr(name.find('/') + 1) == "data.pkl";
  };
  const auto is_array = [](const ZipEntry& entry) {
    return entry.name.ends_with(npy_extension) && entry.size > 0;
  };
  if (std::any_of(entries.begin(), entries.end(), is_pickle)) return std::string(is_torch);
  if (!entries.empty() && std::all_of(entries.begin(), entries.end(), is_array))
    return "it is an npz file, which io::load_npz reads";
  return "";
}

}  // namespace

bool is_safetensors(std::string_view bytes) {
  // The length of the header, which is less than 2^32, and the header.
  return bytes.size() > 8 && bytes[8] == '{' &&
         bytes.substr(4, 4) == std::string_view("\0\0\0\0", 4);
}

std::string what_it_is(const MappedFile& file) {
  const std::string_view bytes = file.bytes();
  if (bytes.empty()) return "it is empty";
  if (is_safetensors(bytes)) return "it is a safetensors file, which io::load_safetensors reads";
  if (bytes.starts_with(npy_magic)) return "it is an npy file, which io::load_npy reads";
  if (bytes.starts_with("PK")) return what_archive_is(file);
  if (is_torch_legacy(bytes)) return std::string(is_torch);
  if (bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5)
    return "it is a pickle of Python: save model.state_dict() with torch.save";
  for (const Other& other : others)
    if (bytes.size() > other.offset && bytes.substr(other.offset).starts_with(other.magic))
      return std::string(other.advice);
  const size_t first = bytes.substr(0, 100).find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (bytes[first] == '{' || bytes[first] == '['))
    return "it looks like JSON; a model file is loaded with nn::load";
  return "";
}

void check_not_other(const MappedFile& file, std::string_view wanted) {
  constexpr int64_t shown_by_readers = 16;  // they say how a file begins: all of one so short
  if (file.size() > 0 && file.size() < shown_by_readers) return;
  const std::string text = what_it_is(file);
  if (!text.empty()) file.fail(fmt::format("not {}: {}", wanted, text));
}

}  // namespace wick::io
