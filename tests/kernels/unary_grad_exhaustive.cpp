// Walks all 2^32 floats through the derivatives of the pointwise functions and prints the largest
// errors. Takes minutes a function, so it is a program to run by hand:
// unary_grad_exhaustive [target|all] [name...], where target is as Highway names it (AVX3,
// AVX2...).

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "kernels/simd/hwy_targets.h"
// First, so that its choice of targets holds.
#include "hwy/targets.h"
#include "unary_grad_truth.h"

namespace {

struct Worst {
  double error = 0;
  float at = 0;
  void add(double e, float x) {
    if (e > error) {
      error = e;
      at = x;
    }
  }
};

struct Errors {
  Worst ulp;       ///< away from the derivative's zero
  Worst absolute;  ///< where it is more than 4 ulp
  void add(const Errors& o) {
    ulp.add(o.ulp.error, o.ulp.at);
    absolute.add(o.absolute.error, o.absolute.at);
  }
};

using Kernel = std::function<void(const float* x, float* y, std::size_t n)>;

void walk(const char* name, const Kernel& kernel, double (*truth)(double), double zero,
          double bound) {
  constexpr std::int64_t kBlock = 4096;
  Errors worst;
#pragma omp parallel
  {
    Errors mine;
    std::vector<float> x(kBlock);
    std::vector<float> y(kBlock);
#pragma omp for schedule(dynamic, 64)
    for (std::int64_t block = 0; block < (std::int64_t{1} << 32) / kBlock; ++block) {
      for (std::int64_t i = 0; i < kBlock; ++i) {
        x[static_cast<std::size_t>(i)] =
            std::bit_cast<float>(static_cast<std::uint32_t>(block * kBlock + i));
      }
      kernel(x.data(), y.data(), x.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto at = static_cast<double>(x[i]);
        if (std::fabs(at) > bound) continue;
        const double expected = truth(at);
        const double error = wick_test::ulp_error(y[i], expected);
        if (!(std::fabs(at - zero) < 0.25)) mine.ulp.add(error, x[i]);
        if (error > 4) mine.absolute.add(std::fabs(static_cast<double>(y[i]) - expected), x[i]);
      }
    }
#pragma omp critical
    worst.add(mine);
  }
  std::printf("%-22s max %.3f ulp at %a; where above 4 ulp, max %.3g at %a%s\n", name,
              worst.ulp.error, static_cast<double>(worst.ulp.at), worst.absolute.error,
              static_cast<double>(worst.absolute.at),
              worst.absolute.error <= 1e-7 ? "" : "  TOO LARGE");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace wick::kernels;
  const char* wanted_target = argc > 1 ? argv[1] : "";
  const auto wanted = [&](const char* name) {
    bool is = argc <= 2;
    for (int i = 2; i < argc; ++i) is = is || std::strcmp(argv[i], name) == 0;
    return is;
  };
  const std::vector<float> ones(4096, 1.0f);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (std::strcmp(wanted_target, "all") != 0 && *wanted_target != 0 &&
        std::strcmp(wanted_target, hwy::TargetName(target)) != 0) {
      continue;
    }
    hwy::SetSupportedTargetsForTest(target);
    std::printf("%s\n", hwy::TargetName(target));
    for (const auto& c : wick_test::unary_grad_cases()) {
      if (!wanted(c.name)) continue;
      const auto kernel = [&](const float* x, float* y, std::size_t n) {
        unary_grad(c.op, ones.data(), x, y, n);
      };
      walk(c.name, kernel, c.truth, c.zero, c.bound);
    }
    for (const auto& c : wick_test::from_result_cases()) {
      if (!wanted(c.name)) continue;
      const auto kernel = [&](const float* x, float* y, std::size_t n) {
        unary(c.forward, x, y, n);
        unary_grad(c.backward, ones.data(), y, y, n);
      };
      walk(c.name, kernel, c.truth, std::numeric_limits<double>::quiet_NaN(),
           std::numeric_limits<double>::infinity());
    }
    hwy::SetSupportedTargetsForTest(0);
    if (*wanted_target == 0) break;  // by default only the best target
  }
}
