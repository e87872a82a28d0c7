// Processes with little address space left: what does not fit throws, and nothing crashes.
#include <fstream>

#include "catch.h"
#include "core/child_process.h"
#include "wick/wick.h"

#if WICK_TEST_FORKS
#include <sys/resource.h>

using namespace wick;

namespace {

rlim_t address_space() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

/// What `body` says in a child that can take `bytes` more; true as well where it throws.
template <class Body>
bool lives_with(rlim_t bytes, const Body& body) {
  return child_does([&] {
    const rlimit limit{address_space() + bytes, address_space() + bytes};
    setrlimit(RLIMIT_AS, &limit);
    try {
      return body();
    } catch (const std::exception&) {
      return true;
    }
  });
}

/// Multiples of 64 KB up to 2 MB, then of 1 MB up to 24 MB, which is enough for all here.
std::vector<rlim_t> amounts() {
  std::vector<rlim_t> all;
  for (rlim_t kb = 0; kb <= 24 << 10; kb += kb < 2048 ? 64 : 1024) all.push_back(kb << 10);
  return all;
}

}  // namespace

// First in this process where the test runs by itself: the kernels of oneDNN are then made here.
TEST_CASE("a first product with little memory is right or throws", "[core][matmul][memory]") {
  manual_seed(1);
  const Tensor a = randn({300, 200}), b = randn({200, 300});
  const Tensor expected = a.to(float64).matmul(b.to(float64)).to(float32);
  const nn::Linear layer(200, 300, false);
  const Tensor through_layer =
      a.to(float64).matmul(layer.weight.detach().to(float64).t()).to(float32);
  for (const rlim_t bytes : amounts()) {
    INFO(bytes << " bytes");
    CHECK(lives_with(bytes, [&] { return allclose(a.matmul(b), expected, 1e-4, 1e-4); }));
    CHECK(
        lives_with(bytes, [&] { return allclose(b.t().matmul(a.t()), expected.t(), 1e-4, 1e-4); }));
    CHECK(lives_with(bytes, [&] {
      const NoGradGuard no_grad;
      return allclose(layer(a), through_layer, 1e-4, 1e-4);
    }));
    CHECK(lives_with(bytes, [&] {
      return a.to(bfloat16).matmul(b.to(bfloat16)).to(float32).isfinite().all().item<bool>();
    }));
  }
}

TEST_CASE("a first allocation with little memory throws", "[core][memory]") {
  for (const rlim_t bytes : amounts()) {
    INFO(bytes << " bytes");
    CHECK(lives_with(bytes, [] { return zeros({1 << 19}).sum().item<float>() == 0; }));
  }
}

#endif
