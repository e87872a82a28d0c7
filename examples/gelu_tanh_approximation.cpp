// GELU has an exact form and a cheaper one with tanh. How far apart are they, and how much faster
// is the second?
#include <wick/wick.h>

#include <algorithm>
#include <chrono>
namespace nn = wick::nn;

/// The time of 1000 calls.
double milliseconds(const nn::GELU& gelu, const wick::Tensor& x) {
  using clock = std::chrono::steady_clock;
  const auto start = clock::now();
  for (int i = 0; i < 1000; ++i) gelu(x);
  return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

int main() try {
  wick::manual_seed(0);
  const wick::Tensor x = wick::randn({1000});
  const nn::GELU exact;
  const nn::GELU approximate({.approximate = "tanh"});

  const wick::Tensor difference = (exact(x) - approximate(x)).abs();
  fmt::print("Largest difference: {:.8f}\n", difference.max());

  for (int i = 0; i < 100; ++i) exact(x), approximate(x);  // warm up

  // Other programs only ever slow us down, so the shortest of several times is the truest.
  double exact_time = milliseconds(exact, x);
  double tanh_time = milliseconds(approximate, x);
  for (int i = 1; i < 20; ++i) {
    exact_time = std::min(exact_time, milliseconds(exact, x));
    tanh_time = std::min(tanh_time, milliseconds(approximate, x));
  }
  fmt::print("1000 calls of the exact form: {:.3f} ms\n", exact_time);
  fmt::print("1000 calls of the tanh form: {:.3f} ms\n", tanh_time);
  fmt::print("Faster: {}\n", tanh_time < exact_time ? "tanh" : "exact");
} catch (const wick::Error& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
