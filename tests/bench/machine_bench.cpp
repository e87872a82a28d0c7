// What the machine can do: multiplications with additions a second, and bytes copied a second.
// These are the limits that the cases are compared with.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "hwy/cache_control.h"
#include "omp.h"
#include "serve.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "machine_bench.cpp"
// Compiles the part between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE for every instruction set.
#include "hwy/foreach_target.h"
// Must come after foreach_target.h.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace bench {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// 24 operations for each lane in each round, in twelve chains that do not wait for each other.
float multiply_add(int64_t rounds, float start) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, 0.999F), y = hn::Set(d, start);
  // Of different starts, so that the compiler does not find them to be the same.
  auto a = hn::Iota(d, 1), b = hn::Iota(d, 2), c = hn::Iota(d, 3), e = hn::Iota(d, 4),
       f = hn::Iota(d, 5), g = hn::Iota(d, 6), h = hn::Iota(d, 7), i = hn::Iota(d, 8),
       j = hn::Iota(d, 9), k = hn::Iota(d, 10), l = hn::Iota(d, 11), m = hn::Iota(d, 12);
  for (int64_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, x, y);
    b = hn::MulAdd(b, x, y);
    c = hn::MulAdd(c, x, y);
    e = hn::MulAdd(e, x, y);
    f = hn::MulAdd(f, x, y);
    g = hn::MulAdd(g, x, y);
    h = hn::MulAdd(h, x, y);
    i = hn::MulAdd(i, x, y);
    j = hn::MulAdd(j, x, y);
    k = hn::MulAdd(k, x, y);
    l = hn::MulAdd(l, x, y);
    m = hn::MulAdd(m, x, y);
  }
  const auto sum = hn::Add(
      hn::Add(hn::Add(a, b), hn::Add(c, e)),
      hn::Add(hn::Add(hn::Add(f, g), hn::Add(h, i)), hn::Add(hn::Add(j, k), hn::Add(l, m))));
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

int64_t operations() { return 24 * static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>())); }

void copy(const float* from, float* to, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t step = hn::Lanes(d);
  size_t i = 0;
  for (; i + step <= n; i += step) hn::Store(hn::Load(d, from + i), d, to + i);
  std::memcpy(to + i, from + i, (n - i) * sizeof(float));
}

/// As copy, past the caches.
void stream(const float* from, float* to, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t step = hn::Lanes(d);
  size_t i = 0;
  for (; i + step <= n; i += step) hn::Stream(hn::Load(d, from + i), d, to + i);
  std::memcpy(to + i, from + i, (n - i) * sizeof(float));
  hwy::FlushStream();
}

float read(const float* from, size_t n) {
  const hn::ScalableTag<float> d;
  const size_t step = hn::Lanes(d);
  auto a = hn::Zero(d), b = a, c = a, e = a;
  size_t i = 0;
  for (; i + 4 * step <= n; i += 4 * step) {
    a = hn::Add(a, hn::Load(d, from + i));
    b = hn::Add(b, hn::Load(d, from + i + step));
    c = hn::Add(c, hn::Load(d, from + i + 2 * step));
    e = hn::Add(e, hn::Load(d, from + i + 3 * step));
  }
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e))));
}

const char* isa() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bench {
HWY_EXPORT(multiply_add);
HWY_EXPORT(operations);
HWY_EXPORT(copy);
HWY_EXPORT(stream);
HWY_EXPORT(read);
HWY_EXPORT(isa);

namespace {

/// Where results go, so that they are computed.
std::atomic<float> sink;

Prepared fma_peak(int threads) {
  const int64_t rounds = 100'000;
  const int64_t total = rounds * HWY_DYNAMIC_DISPATCH(operations)() * threads;
  return {repeat<NoGuard>([=] {
#pragma omp parallel num_threads(threads)
            sink = HWY_DYNAMIC_DISPATCH(multiply_add)(rounds, 1e-3F);
          }),
          {},
          "work=" + std::to_string(total)};
}

/// f(begin, size) on every thread's part of n floats, cut at whole cache lines.
template <class F>
void on_parts(int threads, size_t n, const F& f) {
#pragma omp parallel num_threads(threads)
  {
    const auto part = static_cast<size_t>(omp_get_thread_num());
    const size_t size = (n / static_cast<size_t>(threads) + 15) / 16 * 16;
    const size_t begin = std::min(n, part * size);
    f(begin, std::min(n, begin + size) - begin);
  }
}

Prepared copy_speed(const std::string& how, int threads, const Array& from) {
  const Array to = allocate(from.shape);
  std::memset(to.data.get(), 0, to.bytes());
  const auto n = static_cast<size_t>(from.numel());
  auto* target = static_cast<float*>(to.data.get());
  return {repeat<NoGuard>([=] {
            on_parts(threads, n, [&](size_t begin, size_t size) {
              if (how == "stream")
                HWY_DYNAMIC_DISPATCH(stream)(from.floats() + begin, target + begin, size);
              else
                HWY_DYNAMIC_DISPATCH(copy)(from.floats() + begin, target + begin, size);
            });
          }),
          [to] { return to; }, "work=" + std::to_string(2 * from.bytes())};
}

Prepared read_speed(int threads, const Array& from) {
  const auto n = static_cast<size_t>(from.numel());
  return {repeat<NoGuard>([=] {
            on_parts(threads, n, [&](size_t begin, size_t size) {
              sink = HWY_DYNAMIC_DISPATCH(read)(from.floats() + begin, size);
            });
          }),
          {},
          "work=" + std::to_string(from.bytes())};
}

Prepared prepare(const Options& options, const std::vector<Array>& in) {
  const int threads = static_cast<int>(options.number("threads", 1));
  const std::string op = options.text("op");
  if (op == "fma") return fma_peak(threads);
  if (op == "copy" || op == "stream") return copy_speed(op, threads, in.at(0));
  if (op == "read") return read_speed(threads, in.at(0));
  return {{}, {}, "machine_bench does not know " + op};
}

}  // namespace

Library machine() {
  return {std::string("name=machine isa=") + HWY_DYNAMIC_DISPATCH(isa)(), [](int) {}, prepare};
}

}  // namespace bench

int main(int argc, char** argv) { return bench::serve(bench::machine(), argc, argv); }
#endif
