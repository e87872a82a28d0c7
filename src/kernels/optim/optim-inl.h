// The update rules on one vector of each operand. Compiled once for every instruction set.
#if defined(WICK_KERNELS_OPTIM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_KERNELS_OPTIM_INL_H_
#undef WICK_KERNELS_OPTIM_INL_H_
#else
#define WICK_KERNELS_OPTIM_INL_H_
#endif

#include "hwy/highway.h"
#include "kernels/optim/optim.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// UpdateNumbers in the type of the arithmetic.
template <class T>
struct Coefficients {
  explicit Coefficients(const UpdateNumbers& n)
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
        sign(n.maximize ? T(-1) : T(1)),
        nesterov(n.nesterov),
        first(n.first),
        rectified(n.rectified) {}
  T lr, lr_gradient, weight_decay, shrink, momentum, undamped, beta1, rest1, beta2, rest2, eps,
      correction, sign;
  bool nesterov, first, rectified;
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

/// Which states are there, one bit for each: known when compiling, as a branch in the loop costs
/// more than what it skips.
template <UpdateRule rule, int states>
struct Rule;

template <int states>
struct Rule<UpdateRule::sgd, states> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    if constexpr ((states & 1) != 0) {
      const auto momentum = hn::Set(d, c.momentum);
      x.s0 = c.first ? x.g : hn::Add(hn::Mul(x.s0, momentum), hn::Mul(hn::Set(d, c.undamped), x.g));
      x.g = c.nesterov ? hn::Add(x.g, hn::Mul(momentum, x.s0)) : x.s0;
    }
    x.p = hn::Sub(x.p, hn::Mul(hn::Set(d, c.lr), x.g));
  }
};

template <int states>
struct Rule<UpdateRule::adam, states> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = Average(d, x.s0, x.g, c.rest1);
    x.s1 = AverageSquare(d, x.s1, x.g, c.beta2, c.rest2);
    if constexpr ((states & 4) != 0) x.s2 = Larger(x.s2, x.s1);
    const auto root = hn::Sqrt((states & 4) != 0 ? x.s2 : x.s1);
    const auto scale = hn::Add(hn::Div(root, hn::Set(d, c.correction)), hn::Set(d, c.eps));
    x.p = MinusQuotient(d, x.p, c.lr, x.s0, scale);
  }
};

template <int states>
struct Rule<UpdateRule::nadam, states> {
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

template <int states>
struct Rule<UpdateRule::radam, states> {
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

template <int states>
struct Rule<UpdateRule::adamax, states> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = Average(d, x.s0, x.g, c.rest1);
    x.s1 = Larger(hn::Mul(x.s1, hn::Set(d, c.beta2)), hn::Add(hn::Abs(x.g), hn::Set(d, c.eps)));
    x.p = MinusQuotient(d, x.p, c.lr, x.s0, x.s1);
  }
};

template <int states>
struct Rule<UpdateRule::rmsprop, states> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = AverageSquare(d, x.s0, x.g, c.beta2, c.rest2);
    auto square = x.s0;
    if constexpr ((states & 4) != 0) {
      x.s2 = Average(d, x.s2, x.g, c.rest2);
      square = hn::Sub(square, hn::Mul(x.s2, x.s2));
    }
    const auto scale = hn::Add(hn::Sqrt(square), hn::Set(d, c.eps));
    if constexpr ((states & 2) != 0) {
      x.s1 = hn::Add(hn::Mul(x.s1, hn::Set(d, c.momentum)), hn::Div(x.g, scale));
      x.p = hn::Sub(x.p, hn::Mul(hn::Set(d, c.lr), x.s1));
    } else {
      x.p = MinusQuotient(d, x.p, c.lr, x.g, scale);
    }
  }
};

template <int states>
struct Rule<UpdateRule::adagrad, states> {
  template <class D, class C>
  HWY_INLINE void operator()(D d, const C& c, Lanes<D>& x) const {
    x.s0 = hn::Add(x.s0, hn::Mul(x.g, x.g));
    x.p = MinusQuotient(d, x.p, c.lr, x.g, hn::Add(hn::Sqrt(x.s0), hn::Set(d, c.eps)));
  }
};

template <int states>
struct Rule<UpdateRule::adadelta, states> {
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

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
