#include "kernels/optim/optim.h"

#include <algorithm>

#include "kernels/simd/hwy_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optim/optim.cpp"
// Compiles this file once for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/highway.h"
#include "kernels/optim/optim-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <UpdateRule rule, int states, bool decays, class D, class T>
HWY_INLINE void Block(D d, const Coefficients<T>& c, const UpdateMemory<T>& m, int64_t i) {
  const auto zero = hn::Zero(d);
  Lanes<D> x{hn::LoadU(d, m.param + i), hn::LoadU(d, m.grad + i), zero, zero, zero};
  if constexpr ((states & 1) != 0) x.s0 = hn::LoadU(d, m.state[0] + i);
  if constexpr ((states & 2) != 0) x.s1 = hn::LoadU(d, m.state[1] + i);
  if constexpr ((states & 4) != 0) x.s2 = hn::LoadU(d, m.state[2] + i);
  x.g = hn::Mul(x.g, hn::Set(d, c.sign));
  x.p = hn::Mul(x.p, hn::Set(d, c.shrink));
  if constexpr (decays) x.g = hn::Add(x.g, hn::Mul(hn::Set(d, c.weight_decay), x.p));
  Rule<rule, states>()(d, c, x);
  hn::StoreU(x.p, d, m.param + i);
  if constexpr ((states & 1) != 0) hn::StoreU(x.s0, d, m.state[0] + i);
  if constexpr ((states & 2) != 0) hn::StoreU(x.s1, d, m.state[1] + i);
  if constexpr ((states & 4) != 0) hn::StoreU(x.s2, d, m.state[2] + i);
}

template <UpdateRule rule, int states, bool decays, class T>
void Sweep(const UpdateNumbers& numbers, const UpdateMemory<T>& memory, int64_t n) {
  // Copies, which no store can change as far as the compiler knows.
  const UpdateMemory<T> m = memory;
  const Coefficients<T> c(numbers);
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) Block<rule, states, decays>(d, c, m, i);
  for (; i < n; ++i) Block<rule, states, decays>(one, c, m, i);
}

template <UpdateRule rule, int states, class T>
void Run(const UpdateNumbers& numbers, const UpdateMemory<T>& m, int64_t n) {
  // A decay of 0 must not make nan of an infinite parameter.
  if (numbers.weight_decay != 0)
    Sweep<rule, states, true>(numbers, m, n);
  else
    Sweep<rule, states, false>(numbers, m, n);
}

template <class T>
void Choose(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<T>& m, int64_t n) {
  const bool second = m.state[1] != nullptr;
  const bool third = m.state[2] != nullptr;
  switch (rule) {
    case UpdateRule::sgd:
      if (m.state[0]) return Run<UpdateRule::sgd, 1>(numbers, m, n);
      return Run<UpdateRule::sgd, 0>(numbers, m, n);
    case UpdateRule::adam:
      if (third) return Run<UpdateRule::adam, 7>(numbers, m, n);
      return Run<UpdateRule::adam, 3>(numbers, m, n);
    case UpdateRule::nadam:
      return Run<UpdateRule::nadam, 3>(numbers, m, n);
    case UpdateRule::radam:
      return Run<UpdateRule::radam, 3>(numbers, m, n);
    case UpdateRule::adamax:
      return Run<UpdateRule::adamax, 3>(numbers, m, n);
    case UpdateRule::rmsprop:
      if (second && third) return Run<UpdateRule::rmsprop, 7>(numbers, m, n);
      if (second) return Run<UpdateRule::rmsprop, 3>(numbers, m, n);
      if (third) return Run<UpdateRule::rmsprop, 5>(numbers, m, n);
      return Run<UpdateRule::rmsprop, 1>(numbers, m, n);
    case UpdateRule::adagrad:
      return Run<UpdateRule::adagrad, 1>(numbers, m, n);
    case UpdateRule::adadelta:
      return Run<UpdateRule::adadelta, 3>(numbers, m, n);
  }
}

void UpdateFloat(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<float>& m,
                 int64_t n) {
  Choose(rule, numbers, m, n);
}
void UpdateDouble(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<double>& m,
                  int64_t n) {
  Choose(rule, numbers, m, n);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels {

HWY_EXPORT(UpdateFloat);
HWY_EXPORT(UpdateDouble);

template <>
void update(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<float>& memory,
            int64_t n) {
  HWY_DYNAMIC_DISPATCH(UpdateFloat)(rule, numbers, memory, n);
}

template <>
void update(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<double>& memory,
            int64_t n) {
  HWY_DYNAMIC_DISPATCH(UpdateDouble)(rule, numbers, memory, n);
}

namespace {

/// Piece by piece through float, on the stack.
template <class T>
void update_half(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<T>& memory,
                 int64_t n) {
  constexpr int64_t room = 256;
  float param[room];
  float grad[room];
  float state[3][room];
  UpdateMemory<float> wide{param, grad, {}};
  for (int k = 0; k < 3; ++k) wide.state[k] = memory.state[k] ? state[k] : nullptr;
  for (int64_t done = 0; done < n; done += room) {
    const int64_t count = std::min(room, n - done);
    std::copy_n(memory.param + done, count, param);
    std::copy_n(memory.grad + done, count, grad);
    for (int k = 0; k < 3; ++k)
      if (memory.state[k]) std::copy_n(memory.state[k] + done, count, state[k]);
    update(rule, numbers, wide, count);
    std::copy_n(param, count, memory.param + done);
    for (int k = 0; k < 3; ++k)
      if (memory.state[k]) std::copy_n(state[k], count, memory.state[k] + done);
  }
}

}  // namespace

template <>
void update(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<Half>& memory,
            int64_t n) {
  update_half(rule, numbers, memory, n);
}
template <>
void update(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<BFloat16>& memory,
            int64_t n) {
  update_half(rule, numbers, memory, n);
}

}  // namespace wick::kernels
#endif  // HWY_ONCE
