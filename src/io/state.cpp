#include "wick/io/state.h"

#include <algorithm>

#include "core/check.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/quote.h"
#include "io/recognise.h"
#include "io/safetensors.h"
#include "io/state.h"
#include "io/torch.h"
#include "wick/io/npy.h"

namespace wick::io {
namespace {

StateDict read_zip(const std::shared_ptr<const MappedFile>& file) {
  const ZipReader zip(file);
  if (is_torch_zip(zip)) return read_torch(file);
  const auto& entries = zip.entries();
  const auto other = std::find_if(entries.begin(), entries.end(), [](const ZipEntry& entry) {
    return !entry.name.ends_with(npy_extension);
  });
  if (other != entries.end())
    file->fail(
        fmt::format("a zip archive, but neither a PyTorch checkpoint, which has a data.pkl, nor an "
                    "npz file, which has only .npy files: it has {}",
                    quoted(other->name)));
  return read_npz(zip);
}

/// What follows the last dot of the last part of `path`, with it, in lower case.
std::string extension_of(std::string_view path) {
  const size_t slash = path.rfind('/') + 1;  // 0 if there is none
  const size_t dot = path.substr(slash).rfind('.');
  std::string extension(dot == std::string_view::npos ? "" : path.substr(slash + dot));
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension;
}

}  // namespace

StateDict read_state(const std::shared_ptr<const MappedFile>& file) {
  const std::string_view bytes = file->bytes();
  if (bytes.starts_with(npy_magic)) return {{"data", read_npy(*file, 0, file->size())}};
  if (bytes.starts_with("PK\3\4") || bytes.starts_with("PK\5\6")) return read_zip(file);
  // Before pickles: the length of a header can look like the beginning of one.
  if (is_safetensors(bytes)) return read_safetensors(*file);
  if (bytes.starts_with('\x80') || is_torch_legacy(bytes)) return read_torch(file);
  const std::string known = what_it_is(*file);
  file->fail(fmt::format(
      "not a file of weights that wick knows (safetensors, PyTorch checkpoint, npz, npy): {}",
      known.empty() ? "it begins with " + quoted(bytes.substr(0, 8)) : known));
}

StateDict load_state(const std::string& path) { return load_state(path, {}); }

StateDict load_state(const std::string& path, const ReadOptions& options) {
  return read_state(MappedFile::open(path, options));
}

void save_state(const std::string& path, const StateDict& state) {
  const std::string extension = extension_of(path);
  if (extension == ".safetensors") return save_safetensors(path, state);
  if (extension == ".pt" || extension == ".pth") return save_torch(path, state);
  if (extension == ".npz") return save_npz(path, state);
  core::fail<ValueError>(
      "save_state: the extension of {} must be .safetensors, .pt, .pth or .npz, got {}{}",
      quoted(path), extension.empty() ? "none" : quoted(extension),
      extension == ".npy" ? "; an .npy file has one tensor: use save_npy" : "");
}

}  // namespace wick::io
