#include "kernels/optim.h"

#include <algorithm>

#include "kernels/hwy_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optim.cpp"
// Compiles this file once for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// UpdateNumbers in the type of the arithmetic, and which states are there.
template <class T>
struct Coefficients {
  explicit Coefficients(const UpdateNumbers& n, const UpdateMemory<T>& memory)
      : lr(static_cast<T>(n.lr)),
        lr_gradient(static_cast<T>(n.lr_gradient)),
        weight_decay(static_cast<T>(n.weight_decay)),
        shrink(static_cast<T>(n.shrink)),
        momentum(static_cast<T>(n.momentum)),
        undamped(static_cast<T>(1 - n.dampening)),
        beta1(static_cast<T>(n.beta1)),
        rest1(static_cast<T>(1 - n.beta1)),
        beta2(static_cast<T>(n.beta2)),
        rest2(static_cast<T>(1 - n.beta2)),
        eps(static_cast<T>(n.eps)),
        correction(static_cast<T>(n.correction)),
        maximize(n.maximize),
        nesterov(n.nesterov),
        first(n.first),
        rectified(n.rectified),
        has{memory.state[0] != nullptr, memory.state[1] != nullptr, memory.state[2] != nullptr} {}
  T lr, lr_gradient, weight_decay, shrink, momentum, undamped, beta1, rest1, beta2, rest2, eps,
      correction;
  bool maximize, nesterov, first, rectified;
  bool has[3];
};

/// One vector of every operand.
template <class D>
struct Lanes {
  hn::Vec<D> p, g, s0, s1, s2;
};

// The instructions for the maximum differ between machines in what they make of nan.
template <class V>
HWY_INLINE V Larger(V a, V b) {
  return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::Gt(a, b)), a, b);
}

/// beta a + rest b, as PyTorch's lerp computes it: exact where a equals b.
template <class D, class V, class T>
HWY_INLINE V Average(D d, V a, V b, T rest) {
  const V step = hn::Sub(b, a);
  if (rest < T(0.5)) return hn::Add(a, hn::Mul(hn::Set(d, rest), step));
  return hn::Sub(b, hn::Mul(step, hn::Set(d, T(1) - rest)));
}

/// beta a + rest b^2
template <class D, class V, class T>
HWY_INLINE V AverageSquare(D d, V a, V b, T beta, T rest) {
  return hn::Add(hn::Mul(a, hn::Set(d, beta)), hn::Mul(hn::Mul(hn::Set(d, rest), b), b));
}

/// p - lr a / b
template <class D, class V, class T>
HWY_INLINE V MinusQuotient(D d, V p, T lr, V a, V b) {
  return hn::Sub(p, hn::Div(hn::Mul(hn::Set(d, lr), a), b));
}

template <UpdateRule rule>
struct Rule;

template <>
struct Rule<UpdateRule::sgd> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    if (c.momentum != 0) {
      const auto momentum = hn::Set(d, c.momentum);
      x.s0 = c.first ? x.g : hn::Add(hn::Mul(x.s0, momentum), hn::Mul(hn::Set(d, c.undamped), x.g));
      x.g = c.nesterov ? hn::Add(x.g, hn::Mul(momentum, x.s0)) : x.s0;
    }
    x.p = hn::Sub(x.p, hn::Mul(hn::Set(d, c.lr), x.g));
  }
};

template <>
struct Rule<UpdateRule::adam> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = Average(d, x.s0, x.g, c.rest1);
    x.s1 = AverageSquare(d, x.s1, x.g, c.beta2, c.rest2);
    if (c.has[2]) x.s2 = Larger(x.s2, x.s1);
    const auto root = hn::Sqrt(c.has[2] ? x.s2 : x.s1);
    const auto scale = hn::Add(hn::Div(root, hn::Set(d, c.correction)), hn::Set(d, c.eps));
    x.p = MinusQuotient(d, x.p, c.lr, x.s0, scale);
  }
};

template <>
struct Rule<UpdateRule::nadam> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = Average(d, x.s0, x.g, c.rest1);
    x.s1 = AverageSquare(d, x.s1, x.g, c.beta2, c.rest2);
    const auto root = hn::Sqrt(hn::Div(x.s1, hn::Set(d, c.correction)));
    const auto scale = hn::Add(root, hn::Set(d, c.eps));
    x.p = MinusQuotient(d, x.p, c.lr_gradient, x.g, scale);
    x.p = MinusQuotient(d, x.p, c.lr, x.s0, scale);
  }
};

template <>
struct Rule<UpdateRule::radam> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = Average(d, x.s0, x.g, c.rest1);
    x.s1 = AverageSquare(d, x.s1, x.g, c.beta2, c.rest2);
    if (c.rectified)
      x.p = MinusQuotient(d, x.p, c.lr, x.s0, hn::Add(hn::Sqrt(x.s1), hn::Set(d, c.eps)));
    else
      x.p = hn::Sub(x.p, hn::Mul(hn::Set(d, c.lr), x.s0));
  }
};

template <>
struct Rule<UpdateRule::adamax> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = Average(d, x.s0, x.g, c.rest1);
    x.s1 = Larger(hn::Mul(x.s1, hn::Set(d, c.beta2)), hn::Add(hn::Abs(x.g), hn::Set(d, c.eps)));
    x.p = MinusQuotient(d, x.p, c.lr, x.s0, x.s1);
  }
};

template <>
struct Rule<UpdateRule::rmsprop> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = AverageSquare(d, x.s0, x.g, c.beta2, c.rest2);
    auto square = x.s0;
    if (c.has[2]) {
      x.s2 = Average(d, x.s2, x.g, c.rest2);
      square = hn::Sub(square, hn::Mul(x.s2, x.s2));
    }
    const auto scale = hn::Add(hn::Sqrt(square), hn::Set(d, c.eps));
    if (c.momentum != 0) {
      x.s1 = hn::Add(hn::Mul(x.s1, hn::Set(d, c.momentum)), hn::Div(x.g, scale));
      x.p = hn::Sub(x.p, hn::Mul(hn::Set(d, c.lr), x.s1));
    } else {
      x.p = MinusQuotient(d, x.p, c.lr, x.g, scale);
    }
  }
};

template <>
struct Rule<UpdateRule::adagrad> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = hn::Add(x.s0, hn::Mul(x.g, x.g));
    x.p = MinusQuotient(d, x.p, c.lr, x.g, hn::Add(hn::Sqrt(x.s0), hn::Set(d, c.eps)));
  }
};

template <>
struct Rule<UpdateRule::adadelta> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    const auto eps = hn::Set(d, c.eps);
    x.s0 = AverageSquare(d, x.s0, x.g, c.beta2, c.rest2);
    const auto before = hn::Sqrt(hn::Add(x.s1, eps));
    const auto u = hn::Mul(hn::Div(before, hn::Sqrt(hn::Add(x.s0, eps))), x.g);
    x.s1 = AverageSquare(d, x.s1, u, c.beta2, c.rest2);
    x.p = hn::Sub(x.p, hn::Mul(hn::Set(d, c.lr), u));
  }
};

template <UpdateRule rule, class D, class T>
HWY_INLINE void Block(D d, const Coefficients<T>& c, const UpdateMemory<T>& m, int64_t i) {
  const auto load = [&](int k)
                        HWY_ATTR { return c.has[k] ? hn::LoadU(d, m.state[k] + i) : hn::Zero(d); };
  Lanes<D> x{hn::LoadU(d, m.param + i), hn::LoadU(d, m.grad + i), load(0), load(1), load(2)};
  if (c.maximize) x.g = hn::Neg(x.g);
  if (c.shrink != 1) x.p = hn::Mul(x.p, hn::Set(d, c.shrink));
  // A decay of 0 must not make nan of an infinite parameter.
  if (c.weight_decay != 0) x.g = hn::Add(x.g, hn::Mul(hn::Set(d, c.weight_decay), x.p));
  Rule<rule>()(d, c, x);
  hn::StoreU(x.p, d, m.param + i);
  if (c.has[0]) hn::StoreU(x.s0, d, m.state[0] + i);
  if (c.has[1]) hn::StoreU(x.s1, d, m.state[1] + i);
  if (c.has[2]) hn::StoreU(x.s2, d, m.state[2] + i);
}

template <UpdateRule rule, class T>
void Sweep(const UpdateNumbers& numbers, const UpdateMemory<T>& memory, int64_t n) {
  // Copies, which no store can change as far as the compiler knows.
  const UpdateMemory<T> m = memory;
  const Coefficients<T> c(numbers, memory);
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) Block<rule>(d, c, m, i);
  for (; i < n; ++i) Block<rule>(one, c, m, i);
}

template <class T>
void Choose(UpdateRule rule, const UpdateNumbers& numbers, const UpdateMemory<T>& m, int64_t n) {
  switch (rule) {
    case UpdateRule::sgd:
      return Sweep<UpdateRule::sgd>(numbers, m, n);
    case UpdateRule::adam:
      return Sweep<UpdateRule::adam>(numbers, m, n);
    case UpdateRule::nadam:
      return Sweep<UpdateRule::nadam>(numbers, m, n);
    case UpdateRule::radam:
      return Sweep<UpdateRule::radam>(numbers, m, n);
    case UpdateRule::adamax:
      return Sweep<UpdateRule::adamax>(numbers, m, n);
    case UpdateRule::rmsprop:
      return Sweep<UpdateRule::rmsprop>(numbers, m, n);
    case UpdateRule::adagrad:
      return Sweep<UpdateRule::adagrad>(numbers, m, n);
    case UpdateRule::adadelta:
      return Sweep<UpdateRule::adadelta>(numbers, m, n);
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
