// Prints the bytes that wick's random kernels write, for check_random.py to compare with PyTorch's.
//
//   random_dump SEED CALL...
//
// CALL is op:dtype:n[:a[:b]]; one line of hexadecimal bytes a call, all calls from one generator:
//   uniform (a = from, b = to), normal (a = mean, b = std), normal_strided (the same for memory
//   that is not contiguous), bernoulli (a = p), bernoulli_each (p[i] = i % 11 / 10), random,
//   randint (a = from, b = to), randperm, exponential (a = lambda), dropout (a = p),
//   state (of the generator; dtype and n do not matter).
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "core/generator.h"
#include "kernels/random/random.h"
#include "wick/dtype.h"
#include "wick/random.h"

namespace {

namespace kernels = wick::kernels;

struct Call {
  std::string op;
  std::string dtype;
  int64_t n = 0;
  std::vector<std::string> arguments;

  double number(size_t i) const { return std::stod(arguments.at(i)); }
  int64_t integer(size_t i) const { return std::stoll(arguments.at(i)); }
};

Call parse(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(':', start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  if (parts.size() < 3) throw std::invalid_argument("a call is op:dtype:n[:a[:b]], not " + text);
  Call call{parts[0], parts[1], std::stoll(parts[2]), {parts.begin() + 3, parts.end()}};
  if (call.n < 0 || call.n > (int64_t{1} << 28)) throw std::invalid_argument("bad n in " + text);
  return call;
}

void print_bytes(const uint8_t* bytes, size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string line;
  line.reserve(2 * size + 1);
  for (size_t i = 0; i < size; ++i) {
    line += digits[bytes[i] >> 4];
    line += digits[bytes[i] & 15];
  }
  line += '\n';
  std::fputs(line.c_str(), stdout);
}

template <class T>
bool fill_floating(kernels::RandomState& random, const Call& call, T* out) {
  if (call.op == "uniform") {
    kernels::fill_uniform(random, out, call.n, call.number(0), call.number(1));
  } else if (call.op == "normal") {
    kernels::fill_normal(random, out, call.n, call.number(0), call.number(1));
  } else if (call.op == "normal_strided") {
    kernels::fill_normal_one_by_one(random, out, call.n, call.number(0), call.number(1));
  } else if (call.op == "exponential") {
    kernels::fill_exponential(random, out, call.n, call.number(0));
  } else if (call.op == "dropout") {
    kernels::fill_dropout_mask(random, out, call.n, call.number(0));
  } else if (call.op == "bernoulli_each") {
    std::vector<T> p;
    for (int64_t i = 0; i < call.n; ++i) {
      const double value = static_cast<double>(i % 11) / 10.0;
      if constexpr (std::is_same_v<T, double>) {
        p.push_back(value);
      } else {
        p.push_back(T(static_cast<float>(value)));
      }
    }
    kernels::fill_bernoulli_each(random, out, p.data(), call.n);
  } else {
    return false;
  }
  return true;
}

template <class T>
void fill(kernels::RandomState& random, const Call& call, T* out) {
  if (call.op == "bernoulli") {
    return kernels::fill_bernoulli(random, out, call.n, call.number(0));
  }
  if (call.op == "random") return kernels::fill_random(random, out, call.n);
  if (call.op == "randint") {
    const int64_t from = kernels::random_from<T>(call.integer(0));
    const int64_t to = kernels::random_to<T>(call.integer(1));
    const uint64_t range = static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
    return kernels::fill_random_range(random, out, call.n, range, from);
  }
  if constexpr (!std::is_same_v<T, bool>) {
    if (call.op == "randperm") return kernels::fill_permutation(random, out, call.n);
  }
  if constexpr (!std::is_integral_v<T>) {
    if (fill_floating(random, call, out)) return;
  }
  throw std::invalid_argument(call.op + " is unknown, or not for " + call.dtype);
}

template <class T>
void run(const wick::Generator& generator, const Call& call) {
  const auto count = static_cast<size_t>(call.n);
  const auto out = std::make_unique<T[]>(count);
  {
    wick::core::GeneratorLock random(generator);
    fill(*random, call, out.get());
  }
  std::vector<uint8_t> bytes(count * sizeof(T));
  if (count > 0) std::memcpy(bytes.data(), out.get(), bytes.size());
  print_bytes(bytes.data(), bytes.size());
}

void run_any(const wick::Generator& generator, const Call& call) {
  if (call.op == "state") {
    const std::vector<uint8_t> bytes = generator.get_state();
    return print_bytes(bytes.data(), bytes.size());
  }
  if (call.dtype == "float32") return run<float>(generator, call);
  if (call.dtype == "float64") return run<double>(generator, call);
  if (call.dtype == "float16") return run<wick::Half>(generator, call);
  if (call.dtype == "bfloat16") return run<wick::BFloat16>(generator, call);
  if (call.dtype == "int64") return run<int64_t>(generator, call);
  if (call.dtype == "int32") return run<int32_t>(generator, call);
  if (call.dtype == "uint8") return run<uint8_t>(generator, call);
  if (call.dtype == "bool") return run<bool>(generator, call);
  throw std::invalid_argument("unknown dtype " + call.dtype);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2) throw std::invalid_argument("usage: random_dump SEED CALL...");
    const std::string seed = argv[1];
    wick::Generator generator;
    if (seed.starts_with('-')) {
      generator.manual_seed(std::stoll(seed));
    } else {
      generator.manual_seed(std::stoull(seed));
    }
    for (int i = 2; i < argc; ++i) run_any(generator, parse(argv[i]));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "random_dump: %s\n", problem.what());
    return 1;
  }
}
