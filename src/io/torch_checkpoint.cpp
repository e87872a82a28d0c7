#include "wick/io/torch_checkpoint.h"

#include "io/quote.h"
#include "io/recognise.h"
#include "io/torch.h"

namespace wick::io {

StateDict read_torch(std::shared_ptr<const MappedFile> file, const TorchOptions& options) {
  const std::string_view bytes = file->bytes();
  constexpr size_t tar_magic = 257;
  if (is_safetensors(bytes)) check_not_other(*file, "a PyTorch checkpoint");
  if (bytes.starts_with("PK")) return read_torch_zip(std::move(file), options);
  if (bytes.size() > tar_magic && bytes.substr(tar_magic).starts_with("ustar"))
    file->fail(
        "a tar archive, as PyTorch before 0.1.10 wrote; load it in Python and save it again with "
        "torch.save");
  // A pickle begins with its protocol; protocol 0 has none, but begins with the magic number.
  if (bytes.starts_with("\x80") || is_torch_legacy(bytes))
    return read_torch_legacy(std::move(file), options);
  if (!bytes.empty()) check_not_other(*file, "a PyTorch checkpoint");
  constexpr size_t shown = 8;
  file->fail("not a PyTorch checkpoint: it begins with " + quoted(bytes.substr(0, shown)));
}

StateDict load_torch(const std::string& path, const TorchOptions& options) {
  return read_torch(MappedFile::open(path, {.mmap = options.mmap}), options);
}

}  // namespace wick::io
