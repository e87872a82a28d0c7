// Walks all 2^32 floats through the pointwise functions and prints the largest errors. Takes
// minutes a function, so it is a program to run by hand: unary_exhaustive [target|all] [name...],
// where target is as Highway names it (AVX3, AVX2, ...).

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "kernels/simd/hwy_targets.h"
// First, so that its choice of targets holds.
#include "hwy/targets.h"
#include "unary_truth.h"

namespace {

struct Worst {
  double ulp = 0;
  float at = 0;
  void add(double error, float x) {
    if (error > ulp) {
      ulp = error;
      at = x;
    }
  }
};

void walk(const wick_test::UnaryCase& c) {
  constexpr std::int64_t kBlock = 4096;
  Worst any;
  Worst large;
#pragma omp parallel
  {
    Worst my_any;
    Worst my_large;
    std::vector<float> x(kBlock);
    std::vector<float> y(kBlock);
#pragma omp for schedule(dynamic, 64)
    for (std::int64_t block = 0; block < (std::int64_t{1} << 32) / kBlock; ++block) {
      for (std::int64_t i = 0; i < kBlock; ++i) {
        x[static_cast<std::size_t>(i)] =
            std::bit_cast<float>(static_cast<std::uint32_t>(block * kBlock + i));
      }
      wick::kernels::unary(c.op, x.data(), y.data(), x.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double truth = c.truth(static_cast<double>(x[i]));
        const double error = wick_test::ulp_error(y[i], truth);
        my_any.add(error, x[i]);
        if (std::fabs(truth) >= 0x1p-20) my_large.add(error, x[i]);
      }
    }
#pragma omp critical
    {
      any.add(my_any.ulp, my_any.at);
      large.add(my_large.ulp, my_large.at);
    }
  }
  const bool good = any.ulp <= 4 && large.ulp <= 2;
  std::printf("%-10s max %.3f ulp at %a; where |result| >= 2^-20: %.3f ulp at %a%s\n", c.name,
              any.ulp, static_cast<double>(any.at), large.ulp, static_cast<double>(large.at),
              good ? "" : "  TOO LARGE");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const char* wanted_target = argc > 1 ? argv[1] : "";
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (std::strcmp(wanted_target, "all") != 0 && *wanted_target != 0 &&
        std::strcmp(wanted_target, hwy::TargetName(target)) != 0) {
      continue;
    }
    hwy::SetSupportedTargetsForTest(target);
    std::printf("%s\n", hwy::TargetName(target));
    for (const auto& c : wick_test::unary_cases()) {
      bool wanted = argc <= 2;
      for (int i = 2; i < argc; ++i) wanted = wanted || std::strcmp(argv[i], c.name) == 0;
      if (wanted) walk(c);
    }
    hwy::SetSupportedTargetsForTest(0);
    if (*wanted_target == 0) break;  // by default only the best target
  }
}
