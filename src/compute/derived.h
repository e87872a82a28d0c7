// What is computed from a tensor's elements once and found again while they stay as they are.
#pragma once

#include <memory>

#include "core/tensor_impl.h"

namespace wick::compute {

/// Its address stands for T.
template <class T>
inline constexpr char kind_of = 0;

/// make(), a std::shared_ptr<const T>, from x's cache if it is there and current. What is packed
/// for different uses lives side by side, each as a T of its own.
template <class T, class F>
std::shared_ptr<const T> derived(const Tensor& x, F make) {
  TensorImpl& impl = x.impl();
  const uint64_t version = impl.storage->version();
  const uint64_t exposures = impl.storage->exposures();
  if (const auto cached = impl.derived.load(&kind_of<T>);
      cached && cached->version == version && cached->exposures == exposures)
    return std::static_pointer_cast<const T>(cached->value);
  std::shared_ptr<const T> fresh = make();
  if (impl.storage->owned())  // others' memory can change unseen
    impl.derived.store({version, exposures, &kind_of<T>, fresh});
  return fresh;
}

}  // namespace wick::compute
