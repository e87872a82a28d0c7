/// \file
/// For tests of primitives: a function of tensors, traced on meta and replayed on the cpu.
#pragma once

#include <cstring>
#include <vector>

#include "catch.h"
#include "compute/replay.h"
#include "wick/ops.h"

namespace traced {

using wick::Tensor;

inline void check_same_bits(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  REQUIRE(a.dtype() == b.dtype());
  const Tensor x = a.contiguous(), y = b.contiguous();
  const auto size = static_cast<size_t>(x.numel()) * wick::element_size(x.dtype());
  if (size > 0) CHECK(std::memcmp(wick::core::bytes(x), wick::core::bytes(y), size) == 0);
}

/// f's notes for tensors like these, which it takes as a vector, and its result on meta.
struct Trace {
  template <class F>
  Trace(const std::vector<Tensor>& like, F f) {
    for (const Tensor& x : like)
      inputs.push_back(wick::empty(x.shape(), {.dtype = x.dtype(), .device = wick::Device::meta}));
    const wick::compute::TraceGuard guard;
    result = f(inputs);
    notes = guard.notes();
  }

  Tensor replay(const std::vector<Tensor>& values) const {
    wick::compute::Replay replay;
    for (size_t i = 0; i < inputs.size(); ++i) replay.bind(inputs[i], values[i].clone());
    replay.run(notes);
    return replay.value(result);
  }

  std::vector<Tensor> inputs;
  Tensor result;
  std::vector<wick::compute::Note> notes;
};

/// f(values) is the same, bit for bit, on the cpu and as a replay of its trace.
template <class F>
void check(const std::vector<Tensor>& values, F f) {
  const Trace trace(values, f);
  REQUIRE(trace.result.is_meta());
  std::vector<Tensor> copies;
  for (const Tensor& x : values) copies.push_back(x.clone());
  check_same_bits(trace.replay(values), f(copies));
}

}  // namespace traced
