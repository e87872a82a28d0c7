/// \file
/// Weights in PyTorch's checkpoints, the files of `torch.save(model.state_dict(), path)`.
#pragma once

#include <string>

#include "wick/state_dict.h"

namespace wick::io {

/// How load_torch reads.
struct TorchOptions {
  /// Which part of the checkpoint is the state dict: "model" for `{"model": ..., "epoch": 3}`,
  /// "a.b" for one that is deeper. Found by itself where there is only one besides what optimizers
  /// have, or one called state_dict, model_state_dict, model, net, module or weights.
  std::string key = {};
  /// Map the file instead of copying it; see wick/io/file.h for what that asks for.
  bool mmap = true;
};

/// The state dict in a file that torch.save wrote, in the zip format (PyTorch 1.6 and newer) or the
/// legacy one: a dict of tensors, or a dict that holds one; what is no tensor in it is left out,
/// and a dict in it gives dotted names. A file of one tensor has it called "data". Tensors that
/// shared a storage share it again; views keep their strides; what PyTorch negates only when it
/// reads it (`x.conj().imag`) is negated, in a copy of its storage. The file is mapped into memory,
/// unless `options` say otherwise: see wick/io/file.h. The file is read as data: only the names
/// that state dicts need are known, any other, and every instruction that would run code, throws
/// FileError, which names it. Throws FileError as well for damaged files, and, if `key` is not
/// given, for a checkpoint with several state dicts (it lists them), for sparse, quantized, nested
/// and meta tensors and those of dtypes that wick has not, and if what the file has compressed
/// takes more memory than the machine has.
WICK_API StateDict load_torch(const std::string& path, const TorchOptions& options = {});

/// Writes `state` so that torch.load(path) gives it as an OrderedDict, in the way of write_file: a
/// crash leaves the old file. Throws FileError if it cannot be written, ValueError for an undefined
/// or meta tensor.
WICK_API void save_torch(const std::string& path, const StateDict& state);

}  // namespace wick::io
