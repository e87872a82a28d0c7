// Weights in any format, on bytes: for tests and fuzzing.
#pragma once

#include <memory>

#include "io/mapped_file.h"
#include "wick/state_dict.h"

namespace wick::io {

/// What load_state does, for a file that is mapped or in memory.
StateDict read_state(const std::shared_ptr<const MappedFile>& file);

}  // namespace wick::io
