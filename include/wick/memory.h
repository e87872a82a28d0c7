/// \file
/// The memory that wick keeps for new tensors when old ones are gone.
#pragma once

#include <cstdint>

#include "wick/export.h"

namespace wick {

/// Bytes that are kept for new tensors and in no use now, without the few that each thread keeps
/// for small ones (at most 8 MiB).
WICK_API int64_t cached_memory();

/// Gives memory that is kept for new tensors back to the system (PyTorch:
/// torch.cuda.empty_cache). What other threads keep for small tensors stays with them.
///
///     wick::empty_cache();
WICK_API void empty_cache();

/// Keeps at most `bytes` bytes for new tensors, and 8 MiB a thread for small ones; with 0 nothing
/// at all, from then on. At first 512 MiB, or a sixteenth of the machine's memory if that is less.
/// Throws ValueError for a negative number.
///
///     wick::set_cache_limit(64 << 20);
WICK_API void set_cache_limit(int64_t bytes);

}  // namespace wick
