/// \file
/// The memory that wick keeps for new tensors when old ones are gone. What an operation needs only
/// while it runs (a line to sort, a copy of a strided operand) comes from there and goes back.
#pragma once

#include <cstdint>

#include "wick/export.h"

namespace wick {

/// Bytes that are kept for new tensors and in no use now, without what each thread keeps for
/// tensors of up to 1 MiB (8 MiB at most). The packed form of a layer's weights lives as long as
/// the weights and counts as used. Builds with a sanitizer keep nothing.
WICK_API int64_t cached_memory();

/// Gives memory that is kept for new tensors back to the system (PyTorch:
/// torch.cuda.empty_cache). What other threads keep for small tensors stays with them.
///
///     wick::empty_cache();
WICK_API void empty_cache();

/// Keeps at most `bytes` bytes for new tensors of all threads, and 8 MiB a thread for those of up
/// to 1 MiB; with 0 nothing that is freed from then on. At first 512 MiB, or a sixteenth of the
/// machine's memory if that is less. Throws ValueError for a negative number.
///
///     wick::set_cache_limit(64 << 20);
WICK_API void set_cache_limit(int64_t bytes);

}  // namespace wick
