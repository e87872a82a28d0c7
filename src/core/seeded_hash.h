// detail::SeededHash, for kernels, core, autograd, ops and io; nn, optim, data and cli, which see
// public headers only, include wick/seeded_hash.h.
#pragma once

#include "wick/seeded_hash.h"
