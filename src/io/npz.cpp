#include "io/npz.h"

#include "core/check.h"
#include "io/memory_total.h"
#include "io/npy.h"
#include "io/quote.h"
#include "io/recognise.h"
#include "io/torch.h"
#include "text/utf8.h"
#include "wick/io/npy.h"

namespace wick::io {

StateDict read_npz(const ZipReader& zip) {
  MemoryTotal memory;
  for (const ZipEntry& entry : zip.entries()) {
    if (!entry.name.ends_with(npy_extension))
      zip.file()->fail(fmt::format(
          "not an npz file: the archive has an entry {}, whose name does not end in .npy",
          quoted(entry.name)));
    if (entry.compressed) memory.add(entry.size);
  }
  StateDict state;
  for (const ZipEntry& entry : zip.entries()) {
    const auto bytes = zip.read(entry, INT64_MAX);
    const std::string_view name = entry.name;
    state.set(name.substr(0, name.size() - npy_extension.size()),
              read_npy(*bytes, 0, bytes->size()));
  }
  return state;
}

StateDict load_npz(const std::string& path) { return load_npz(path, {}); }

StateDict load_npz(const std::string& path, const ReadOptions& options) {
  const auto file = MappedFile::open(path, options);
  if (!file->bytes().starts_with("PK")) check_not_other(*file, "an npz file");
  const ZipReader zip(file);
  if (is_torch_zip(zip)) check_not_other(*file, "an npz file");
  return read_npz(zip);
}

void save_npz(const std::string& path, const StateDict& state, bool compressed) {
  for (const auto& [name, tensor] : state) {
    if (!utf8::is_valid(name))
      core::fail<ValueError>("save_npz: the name {} is not UTF-8", quoted(name));
    check_has_elements(tensor, name);
    npy_header(tensor, name);  // throws for what NumPy does not have, before anything is written
  }
  AtomicFile file(path);
  ZipWriter zip(file);
  for (const auto& [name, tensor] : state) {
    const Tensor elements = writable_elements(tensor, name);
    zip.add(name + std::string(npy_extension),
            {npy_header(elements, name), element_bytes(elements)},
            {.compressed = compressed, .aligned = true});
  }
  zip.finish();
  file.commit();
}

}  // namespace wick::io
