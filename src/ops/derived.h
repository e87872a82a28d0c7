// What is computed from a tensor's elements once and found again while they stay as they are.
#pragma once

#include <memory>

#include "core/tensor_impl.h"

namespace wick::ops {

/// make(), a std::shared_ptr<const T>, from x's cache if it is there and current. One kind of thing
/// for each dtype.
template <class T, class F>
std::shared_ptr<const T> derived(const Tensor& x, F make) {
  TensorImpl& impl = x.impl();
  const uint64_t version = impl.storage->version();
  const uint64_t exposures = impl.storage->exposures();
  if (const auto cached = impl.derived.load();
      cached && cached->version == version && cached->exposures == exposures)
    return std::static_pointer_cast<const T>(cached->value);
  std::shared_ptr<const T> fresh = make();
  if (impl.storage->owned())  // others' memory can change unseen
    impl.derived.store(std::make_shared<const Derived>(Derived{version, exposures, fresh}));
  return fresh;
}

}  // namespace wick::ops
