#include "compute/random.h"

#include <algorithm>
#include <array>
#include <limits>

#include "compute/rows.h"
#include "core/dispatch.h"
#include "core/generator.h"
#include "core/iterate.h"
#include "core/threads.h"
#include "wick/threads.h"

namespace wick::compute {
namespace {

using kernels::RandomState;

const Generator& stream(Generator* generator) {
  return generator ? *generator : default_generator();
}

/// For kernels::fill_...: the threads that parallel loops have.
void team(int64_t most, void (*work)(const void* context), const void* context) {
  // Beyond this many, threads wait for each other's words.
  constexpr int64_t useful = 8;
  const int64_t threads = std::min<int64_t>({most, useful, get_num_threads()});
  core::parallel_tasks(threads, most, [&](int64_t) { work(context); });
}

/// Fills x through fill(random, T*, n), in the order of its memory as PyTorch does; a contiguous x
/// in one call.
template <class T, class Fill>
void draw(const Tensor& x, Generator* generator, Fill fill) {
  const core::GeneratorLock random(stream(generator));
  if (x.is_contiguous()) return fill(*random, elements<T>(x), x.numel());
  constexpr int64_t serial = std::numeric_limits<int64_t>::max();  // a stream has one order
  const core::Operand operands[] = {core::operand(x, x.shape())};
  core::for_each_run(x.shape(), operands, serial,
                     [&](char* const* data, const int64_t* strides, int64_t n) {
                       if (strides[0] == static_cast<int64_t>(sizeof(T)))
                         return fill(*random, reinterpret_cast<T*>(data[0]), n);
                       std::array<T, 256> buffer;
                       constexpr auto room = static_cast<int64_t>(buffer.size());
                       char* at = data[0];
                       for (int64_t done = 0; done < n; done += room) {
                         const int64_t count = std::min(room, n - done);
                         fill(*random, buffer.data(), count);
                         for (int64_t i = 0; i < count; ++i, at += strides[0])
                           *reinterpret_cast<T*>(at) = buffer[static_cast<size_t>(i)];
                       }
                     });
}

template <class T>
void check_probabilities(const T* p, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const auto value = static_cast<core::Compute<T>>(p[i]);
    if (!(value >= 0 && value <= 1))
      core::fail<ValueError>("Expected p_in >= 0 && p_in <= 1 to be true, but got false");
  }
}

}  // namespace

void Uniform::operator()(const Tensor& out) const {
  core::dispatch_floating(name, out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    draw<T>(out, generator, [this](RandomState& random, T* x, int64_t n) {
      kernels::fill_uniform(random, x, n, from, to, team);
    });
  });
}

void Normal::operator()(const Tensor& out) const {
  core::dispatch_floating(name, out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    draw<T>(out, generator, [&](RandomState& random, T* x, int64_t n) {
      if (out.is_contiguous())
        kernels::fill_normal(random, x, n, mean, std, team);
      else
        kernels::fill_normal_one_by_one(random, x, n, mean, std);
    });
  });
}

void Bernoulli::operator()(const Tensor& out) const {
  core::dispatch(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    draw<T>(out, generator, [this](RandomState& random, T* x, int64_t n) {
      kernels::fill_bernoulli(random, x, n, p, team);
    });
  });
}

void BernoulliEach::operator()(const Tensor& out, const Tensor& p) const {
  core::dispatch_floating(name, out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const Tensor rows = contiguous(p);
    const T* probabilities = elements<const T>(rows);
    check_probabilities(probabilities, rows.numel());
    draw<T>(out, generator, [&](RandomState& random, T* x, int64_t n) {
      kernels::fill_bernoulli_each(random, x, probabilities, n, team);
    });
  });
}

void RandomIntegers::operator()(const Tensor& out) const {
  core::dispatch(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    draw<T>(out, generator, [this](RandomState& random, T* x, int64_t n) {
      kernels::fill_random_range(random, x, n, range, low, team);
    });
  });
}

void RandomNumbers::operator()(const Tensor& out) const {
  core::dispatch(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    draw<T>(out, generator,
            [](RandomState& random, T* x, int64_t n) { kernels::fill_random(random, x, n, team); });
  });
}

void Permutation::operator()(const Tensor& out) const {
  core::dispatch(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_same_v<T, bool>)
      draw<T>(out, generator, [](RandomState& random, T* x, int64_t n) {
        kernels::fill_permutation(random, x, n);
      });
  });
}

void Exponential::operator()(const Tensor& out) const {
  core::dispatch_floating(name, out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    draw<T>(out, generator, [this](RandomState& random, T* x, int64_t n) {
      kernels::fill_exponential(random, x, n, rate, team);
    });
  });
}

void DropoutMask::operator()(const Tensor& out) const {
  core::dispatch_floating(name, out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const core::GeneratorLock random(stream(generator));
    kernels::fill_dropout_mask(*random, elements<T>(out), out.numel(), p, team);
  });
}

void Dropout::operator()(const Tensor& out, const Tensor& kept, const Tensor& x) const {
  core::dispatch_floating(name, x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const core::GeneratorLock random(stream(generator));
    kernels::fill_dropout(*random, elements<T>(out), elements<const T>(x), x.numel(), p,
                          kept.defined() ? elements<uint8_t>(kept) : nullptr, team);
  });
}

void DropoutApply::operator()(const Tensor& out, const Tensor& x, const Tensor& kept) const {
  const Tensor rows = contiguous(x);
  core::dispatch_floating(name, x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T factor = kernels::dropout_factor<T>(p);
    const auto* from = elements<const T>(rows);
    const auto* bits = elements<const uint8_t>(kept);
    T* const to = elements<T>(out);
    const int64_t n = out.numel();
    constexpr int64_t block = 1024;  // parts of whole bytes of bits
    core::parallel_for(
        (n + block - 1) / block, core::pointwise_grain / block, [&](int64_t begin, int64_t end) {
          begin *= block;
          end = std::min(n, end * block);
          kernels::apply_dropout(to + begin, from + begin, bits + begin / 8, end - begin, factor);
        });
  });
}

}  // namespace wick::compute
