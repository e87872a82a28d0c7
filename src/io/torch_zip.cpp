// The zip format of PyTorch 1.6 and newer: <any name>/data.pkl, and a storage in each
// <any name>/data/<key>.
#include <charconv>

#include "core/check.h"
#include "io/quote.h"
#include "io/recognise.h"
#include "io/torch.h"

namespace wick::io {
namespace {

constexpr std::string_view pickle_name = "data.pkl";
constexpr int newest_version = 10;      // of the format, that PyTorch itself reads
constexpr int64_t longest_record = 64;  // bytes of a version and the like

/// The folder that everything is in, with its slash, if it is a checkpoint.
std::optional<std::string> folder_of(const ZipReader& zip) {
  for (const ZipEntry& entry : zip.entries()) {
    const size_t slash = entry.name.find('/') + 1;  // 0 if there is none
    if (std::string_view(entry.name).substr(slash) == pickle_name)
      return entry.name.substr(0, slash);
  }
  return std::nullopt;
}

/// The text of a small entry, or "" if it is not there.
std::string record(const ZipReader& zip, const std::string& name) {
  const ZipEntry* entry = zip.find(name);
  return entry ? std::string(zip.read(*entry, longest_record)->bytes()) : std::string();
}

void check_version(const ZipReader& zip, const std::string& folder) {
  const std::string text = record(zip, folder + "version");
  int version = text.empty() ? 1 : 0;
  if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), version);
  if (version < 1 || version > newest_version)
    zip.file()->fail(fmt::format("a PyTorch checkpoint of format version {}; wick reads 1 to {}",
                                 quoted(text), newest_version));
}

bool is_big_endian(const ZipReader& zip, const std::string& folder) {
  const std::string order = record(zip, folder + "byteorder");
  if (order != "" && order != "little" && order != "big")
    zip.file()->fail(
        fmt::format("its byteorder is {}; \"little\" and \"big\" are known", quoted(order)));
  return order == "big";
}

}  // namespace

bool is_torch_zip(const ZipReader& zip) { return folder_of(zip).has_value(); }

StateDict read_torch_zip(std::shared_ptr<const MappedFile> file, const TorchOptions& options) {
  const ZipReader zip(file);
  const std::optional<std::string> folder = folder_of(zip);
  if (!folder) check_not_other(*file, "a PyTorch checkpoint");
  if (!folder) file->fail("a zip archive, but not a PyTorch checkpoint: it has no data.pkl");
  if (zip.find(*folder + "constants.pkl"))
    file->fail(
        "a TorchScript archive, which torch.jit.save wrote; in Python, save "
        "torch.jit.load(path).state_dict() with torch.save");
  check_version(zip, *folder);
  const bool big_endian = is_big_endian(zip, *folder);
  const ZipEntry& entry = *zip.find(*folder + std::string(pickle_name));
  MemoryTotal memory;
  if (entry.compressed) memory.add(entry.size);
  const Pickle pickle = unpickle(zip.read(entry, torch_max_pickle));
  const TorchEntries entries = find_state_dict(pickle, *file, options);
  const auto storages = [&](std::string_view key, int64_t size) {
    const ZipEntry* data = zip.find(*folder + "data/" + std::string(key));
    if (!data) file->fail(fmt::format("it has no storage {}", quoted(key)));
    if (data->size != size)
      file->fail(fmt::format("storage {} has {} bytes, but {} are expected", quoted(key),
                             data->size, size));
    // Mapped without a look at it: to check the CRC would read all of the file.
    if (!data->compressed) return zip.map(*data);
    memory.add(size);
    return zip.read(*data, size);
  };
  return build_torch_tensors(pickle, entries, *file, storages, memory, big_endian);
}

}  // namespace wick::io
