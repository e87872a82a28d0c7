#include "array.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <numbers>
#include <numeric>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace bench {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x632be59bd9b4e019U + 1) {}
  uint64_t bits() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  double uniform() { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; }
  double normal() {
    return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  uint64_t state_;
};

float element(const std::string& kind, Random& random) {
  if (kind == "normal") return static_cast<float>(random.normal());
  if (kind == "uniform") return static_cast<float>(2 * random.uniform() - 1);
  if (kind == "edges") return static_cast<float>(-10 - 90 * random.uniform());
  if (kind == "denormal") {
    const auto bits = static_cast<uint32_t>(random.bits() % 0x7fffff + 1);
    float value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }
  if (kind == "nan") return std::nanf("");
  throw std::runtime_error("no such kind of array: " + kind);
}

std::vector<int64_t> parse_sizes(const std::string& text, char separator) {
  std::vector<int64_t> sizes;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, separator);)
    if (word.find_first_not_of(' ') != std::string::npos) sizes.push_back(std::stoll(word));
  return sizes;
}

}  // namespace

int64_t Array::numel() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

size_t Array::bytes() const { return static_cast<size_t>(numel()) * (dtype == "b1" ? 1 : 4); }

Array allocate(std::vector<int64_t> shape, std::string dtype) {
  Array array{std::move(shape), std::move(dtype), nullptr};
  void* memory = std::aligned_alloc(64, (array.bytes() + 64) / 64 * 64);
  if (memory == nullptr) throw std::bad_alloc();
  array.data = std::shared_ptr<void>(memory, [](void* p) { std::free(p); });
  return array;
}

Array copy_of(const float* values, std::vector<int64_t> shape) {
  Array array = allocate(std::move(shape));
  std::copy_n(values, array.numel(), static_cast<float*>(array.data.get()));
  return array;
}

Array make(const std::string& words) {
  static const std::regex form("([a-z]+)(\\*([0-9.e-]+))?:([0-9x]*)(:([0-9]+))?");
  std::smatch match;
  if (!std::regex_match(words, match, form))
    throw std::runtime_error("neither a file nor a description of an array: " + words);
  const std::string kind = match[1];
  const float scale = match[3].matched ? std::stof(match[3]) : 1.0F;
  Random random(match[6].matched ? std::stoull(match[6]) : 0);
  Array array = allocate(parse_sizes(match[4], 'x'), kind == "bool" ? "b1" : "f4");
  if (kind == "bool") {
    auto* to = static_cast<uint8_t*>(array.data.get());
    std::generate_n(to, array.numel(), [&] { return random.bits() >> 63; });
  } else {
    auto* to = static_cast<float*>(array.data.get());
    std::generate_n(to, array.numel(), [&] { return scale * element(kind, random); });
  }
  return array;
}

Array load_npy(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  char start[10] = {};
  in.read(start, sizeof(start));
  if (!in || std::memcmp(start, "\x93NUMPY\x01", 7) != 0)
    throw std::runtime_error(path + ": not an .npy file of version 1");
  const auto size = static_cast<size_t>(static_cast<uint8_t>(start[8])) +
                    256 * static_cast<size_t>(static_cast<uint8_t>(start[9]));
  std::string header(size, ' ');
  in.read(header.data(), static_cast<std::streamsize>(size));
  const std::string dtype = header.find("'|b1'") != std::string::npos ? "b1" : "f4";
  const size_t open = header.find('('), close = header.find(')');
  if (close == std::string::npos || (dtype == "f4" && header.find("'<f4'") == std::string::npos) ||
      header.find("True") != std::string::npos)
    throw std::runtime_error(path + ": only row-major float32 and bool are read: " + header);
  Array array = allocate(parse_sizes(header.substr(open + 1, close - open - 1), ','), dtype);
  in.read(static_cast<char*>(array.data.get()), static_cast<std::streamsize>(array.bytes()));
  if (!in) throw std::runtime_error(path + ": the file is too short");
  return array;
}

void save_npy(const std::string& path, const Array& array) {
  std::string header = array.dtype == "b1" ? "{'descr': '|b1'" : "{'descr': '<f4'";
  header += ", 'fortran_order': False, 'shape': (";
  for (const int64_t size : array.shape) header += std::to_string(size) + ",";
  header += "), }";
  header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::ofstream out(path, std::ios::binary);
  out.write("\x93NUMPY\x01\x00", 8);
  out.put(static_cast<char>(header.size() % 256)).put(static_cast<char>(header.size() / 256));
  out << header;
  out.write(static_cast<const char*>(array.data.get()),
            static_cast<std::streamsize>(array.bytes()));
  if (!out.flush()) throw std::runtime_error(path + ": cannot be written");
}

Difference compare(const Array& a, const Array& b) {
  if (a.numel() != b.numel()) throw std::runtime_error("the outputs have different shapes");
  Difference difference;
  difference.same_bits = std::memcmp(a.data.get(), b.data.get(), a.bytes()) == 0;
  for (int64_t i = 0; i < a.numel(); ++i) {
    const double x = a.floats()[i], y = b.floats()[i];
    if (std::isfinite(x) && std::isfinite(y)) {
      difference.largest = std::max(difference.largest, std::abs(x - y));
      difference.scale = std::max(difference.scale, std::abs(y));
    } else if (x != y && !(std::isnan(x) && std::isnan(y))) {
      ++difference.other;
    }
  }
  return difference;
}

}  // namespace bench
