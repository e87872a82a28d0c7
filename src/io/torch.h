// The parts of PyTorch's checkpoints: containers (zip, legacy), the pickle in them, its tensors.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/mapped_file.h"
#include "io/memory_total.h"
#include "io/pickle.h"
#include "io/zip.h"
#include "wick/io/torch_checkpoint.h"

namespace wick::io {

/// The most tensors that a state dict may have, and the most bytes of all of its names: a small
/// pickle can mention the same dict many times. One with fewer bytes may have fewer tensors.
inline constexpr size_t torch_max_tensors = 1'000'000;
inline constexpr size_t torch_max_name_bytes = size_t{1} << 26;
/// The deepest that dicts may be nested in a state dict.
inline constexpr int torch_max_depth = 32;
/// The largest pickle in an archive, in bytes.
inline constexpr int64_t torch_max_pickle = int64_t{1} << 30;

/// What load_torch does, for a file that is mapped or in memory.
StateDict read_torch(std::shared_ptr<const MappedFile> file, const TorchOptions& options = {});

/// True if the file begins as torch.save's legacy format does.
bool is_torch_legacy(std::string_view bytes);
/// True if it is an archive of torch.save, or of torch.jit.save.
bool is_torch_zip(const ZipReader& zip);

/// One format each; read_torch picks.
StateDict read_torch_zip(std::shared_ptr<const MappedFile> file, const TorchOptions& options);
StateDict read_torch_legacy(std::shared_ptr<const MappedFile> file, const TorchOptions& options);

/// Tensors of a pickle by their names in the state dict that `options` asks for, or that is found.
using TorchEntries = std::vector<std::pair<std::string, PickleRef>>;
TorchEntries find_state_dict(const Pickle& pickle, const MappedFile& file,
                             const TorchOptions& options);

/// The elements of a storage type, torch.FloatStorage: bytes, and the dtype if wick has it.
struct TorchElement {
  int64_t size = 1;
  std::optional<DType> dtype = {};
};
TorchElement torch_element(const PickleValue& type);

/// The `size` bytes of the storage with a key. Throws FileError if the file has them not.
using TorchStorages =
    std::function<std::shared_ptr<const MappedFile>(std::string_view key, int64_t size)>;

/// The state dict of `entries`; those with one storage share it. `storages` is asked once for each,
/// `memory` counts what is copied.
StateDict build_torch_tensors(const Pickle& pickle, const TorchEntries& entries,
                              const MappedFile& file, const TorchStorages& storages,
                              MemoryTotal& memory, bool big_endian);

}  // namespace wick::io
