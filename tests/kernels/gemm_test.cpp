#include "kernels/gemm/gemm.h"
#include "kernels/gemm/gemm_policy.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <random>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.h"

namespace {

using namespace wick::kernels;

std::mt19937 rng(20240229);

int64_t pick(int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(rng);
}

/// A matrix with random strides inside a larger buffer that is filled with `filler`, so that a read
/// outside the matrix shows.
template <class T>
struct Matrix {
  std::vector<T> data;
  int64_t offset = 0, row = 0, col = 0;

  Matrix(int64_t rows, int64_t cols, T filler) {
    switch (pick(0, 5)) {
      case 0:
        row = cols, col = 1;
        break;
      case 1:
        row = 1, col = rows;
        break;
      case 2:
        row = cols + pick(1, 20), col = 1;
        break;
      case 3:
        row = 1, col = rows + pick(1, 20);
        break;
      case 4:
        col = pick(2, 3), row = cols * col + pick(0, 3);
        break;
      default:  // backwards
        row = -cols, col = 1, offset = cols * std::max<int64_t>(rows - 1, 0);
        break;
    }
    const int64_t size = offset + 1 + std::max<int64_t>(0, (rows - 1) * row) +
                         std::max<int64_t>(0, (cols - 1) * col);
    data.assign(static_cast<std::size_t>(std::max<int64_t>(size, 1)), filler);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < cols; ++j) at(i, j) = random_value();
  }
  T random_value() {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(rng());
    } else {
      return static_cast<T>(std::uniform_real_distribution<double>(-1, 1)(rng));
    }
  }
  T& at(int64_t i, int64_t j) { return data[static_cast<std::size_t>(offset + i * row + j * col)]; }
  const T* begin() const { return data.data() + offset; }
};

template <class T>
constexpr T kFiller = std::is_integral_v<T> ? T{77} : std::numeric_limits<T>::quiet_NaN();

/// The result buffer: rows ldc apart, guarded by a value that must stay.
template <class T>
struct Result {
  int64_t m, n, ldc;
  std::vector<T> data;
  static constexpr T kGuard = T{99};

  Result(int64_t rows, int64_t cols) : m(rows), n(cols), ldc(cols + (pick(0, 1) ? pick(1, 9) : 0)) {
    data.assign(static_cast<std::size_t>(m * ldc + 8), kGuard);
  }
  T at(int64_t i, int64_t j) const { return data[static_cast<std::size_t>(i * ldc + j)]; }
  bool guards_stand() const {
    for (int64_t at_index = 0; at_index < static_cast<int64_t>(data.size()); ++at_index) {
      const bool inside = at_index < m * ldc && at_index % std::max<int64_t>(ldc, 1) < n;
      if (!inside && data[static_cast<std::size_t>(at_index)] != kGuard) return false;
    }
    return true;
  }
};

/// Largest error in units of what rounding may cost: eps * (sum of |a b| + |bias|).
template <class T>
double error_of(const Result<T>& c, Matrix<T>& a, Matrix<T>& b, const T* bias, int64_t k) {
  double worst = 0;
  for (int64_t i = 0; i < c.m; ++i) {
    for (int64_t j = 0; j < c.n; ++j) {
      long double sum = bias ? static_cast<long double>(bias[j]) : 0.0L;
      long double size = std::fabs(sum);
      for (int64_t p = 0; p < k; ++p) {
        const long double product = static_cast<long double>(a.at(i, p)) * b.at(p, j);
        sum += product;
        size += std::fabs(product);
      }
      const auto off = static_cast<double>(std::fabs(sum - static_cast<long double>(c.at(i, j))));
      const auto unit = static_cast<double>(size) * std::numeric_limits<T>::epsilon();
      if (!(off <= unit * static_cast<double>(k + 2))) return 1e9;  // NaN lands here as well
      if (unit > 0) worst = std::max(worst, off / unit);
    }
  }
  return worst;
}

/// Rounding errors partly cancel, so they grow like the square root of k at most.
double tolerance(int64_t k) { return 2 + 0.5 * std::sqrt(static_cast<double>(k)); }

struct Shape {
  int64_t m, n, k;
};

/// Sizes of zero and one, around the vector lengths, and beyond the blocks.
std::vector<Shape> shapes(int count, int64_t max_mn, int64_t max_k) {
  std::vector<Shape> all = {{0, 5, 3},   {5, 0, 3},     {3, 5, 0},   {1, 1, 1},    {1, 300, 200},
                            {300, 1, 2}, {1, 600, 300}, {1, 1, 600}, {7, 17, 600}, {2, 400, 100},
                            {50, 70, 1}, {70, 130, 64}, {9, 33, 31}, {300, 1, 300}};
  for (auto& s : all) s = {std::min(s.m, max_mn * 2), std::min(s.n, max_mn * 2), s.k};
  for (int i = 0; i < count; ++i)
    all.push_back({pick(0, max_mn) >> pick(0, 5), pick(0, max_mn) >> pick(0, 5),
                   pick(0, max_k) >> pick(0, 5)});
  return all;
}

template <class T>
void check_floating(int count, int64_t max_mn, int64_t max_k) {
  for (const auto& [m, n, k] : shapes(count, max_mn, max_k)) {
    Matrix<T> a(m, k, kFiller<T>), b(k, n, kFiller<T>), bias(1, n, kFiller<T>);
    std::vector<T> row;
    for (int64_t j = 0; j < n; ++j) row.push_back(bias.at(0, j));
    const T* added = pick(0, 1) ? row.data() : nullptr;
    Result<T> c(m, n);
    gemm(m, n, k, a.begin(), a.row, a.col, b.begin(), b.row, b.col, added, c.data.data(), c.ldc);
    INFO("m " << m << " n " << n << " k " << k << " strides of a " << a.row << ' ' << a.col
              << ", of b " << b.row << ' ' << b.col << ", ldc " << c.ldc);
    REQUIRE(c.guards_stand());
    REQUIRE(error_of(c, a, b, added, k) <= tolerance(k));
  }
}

template <class T>
void check_integers() {
  for (const auto& [m, n, k] : shapes(60, 100, 200)) {
    Matrix<T> a(m, k, kFiller<T>), b(k, n, kFiller<T>);
    std::vector<T> bias(static_cast<std::size_t>(n), T{5});
    const bool add = pick(0, 1);
    Result<T> c(m, n);
    gemm(m, n, k, a.begin(), a.row, a.col, b.begin(), b.row, b.col, add ? bias.data() : nullptr,
         c.data.data(), c.ldc);
    REQUIRE(c.guards_stand());
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        uint64_t sum = add ? 5 : 0;
        for (int64_t p = 0; p < k; ++p)
          sum += static_cast<uint64_t>(a.at(i, p)) * static_cast<uint64_t>(b.at(p, j));
        REQUIRE(c.at(i, j) == static_cast<T>(sum));
      }
    }
  }
}

std::vector<float> randoms(int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (auto& v : values) v = std::uniform_real_distribution<float>(-1, 1)(rng);
  return values;
}

}  // namespace

TEST_CASE("float32 products of any shape and stride agree with a plain loop") {
  check_floating<float>(150, 300, 600);
}

TEST_CASE("float64 products of any shape and stride agree with a plain loop") {
  check_floating<double>(80, 200, 400);
}

TEST_CASE("integer products wrap around") {
  check_integers<int64_t>();
  check_integers<int32_t>();
  check_integers<uint8_t>();
}

TEST_CASE("packed weights give the product with every number of rows") {
  for (const auto& [m, n, k] : shapes(100, 300, 600)) {
    Matrix<float> w(k, n, kFiller<float>);  // W^T, so that error_of can read it
    Matrix<float> x(m, k, kFiller<float>);
    x.row = k + (pick(0, 1) ? pick(1, 5) : 0), x.col = 1, x.offset = 0;
    x.data.assign(static_cast<std::size_t>(m * x.row + 1), kFiller<float>);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < k; ++j) x.at(i, j) = x.random_value();
    const auto bias = randoms(n);
    const float* added = pick(0, 1) ? bias.data() : nullptr;
    const auto packed = pack_weights(w.begin(), n, k, w.col, w.row);
    CHECK(packed->in_features() == k);
    CHECK(packed->out_features() == n);
    CHECK(packed->bytes() >= n * k * 4);
    Result<float> y(m, n);
    packed_linear(*packed, x.begin(), m, x.row, added, y.data.data(), y.ldc);
    INFO("m " << m << " n " << n << " k " << k << " ldx " << x.row << " ldy " << y.ldc);
    REQUIRE(y.guards_stand());
    REQUIRE(error_of(y, x, w, added, k) <= tolerance(k));
  }
}

TEST_CASE("with small weights a row has the same bits alone and in any block") {
  constexpr int64_t kRows = 200;
  for (const auto& [n, k] : {std::pair<int64_t, int64_t>{48, 40}, {1, 60}, {61, 67}}) {
    const auto x = randoms(kRows * k), w = randoms(n * k), bias = randoms(n);
    const auto packed = pack_weights(w.data(), n, k, k, 1);
    std::vector<float> whole(static_cast<std::size_t>(kRows * n)), part(whole.size());
    packed_linear(*packed, x.data(), kRows, k, bias.data(), whole.data(), n);
    for (int64_t m = 1; m <= kRows; ++m) {
      packed_linear(*packed, x.data() + (kRows - m) * k, m, k, bias.data(), part.data(), n);
      INFO("n " << n << " k " << k << " m " << m);
      REQUIRE(std::equal(part.begin(), part.begin() + m * n, whole.end() - m * n));
    }
  }
}

TEST_CASE("weights packed once serve every number of rows") {
  constexpr int64_t kRows = 500, n = 300, k = 130;
  const auto x = randoms(kRows * k), w = randoms(n * k), bias = randoms(n);
  const auto packed = pack_weights(w.data(), n, k, k, 1);
  std::vector<float> whole(static_cast<std::size_t>(kRows * n)), part(whole.size());
  packed_linear(*packed, x.data(), kRows, k, bias.data(), whole.data(), n);
  for (int64_t m = 1; m <= kRows; ++m) {
    packed_linear(*packed, x.data(), m, k, bias.data(), part.data(), n);
    float off = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(m * n); ++i)
      off = std::max(off, std::fabs(part[i] - whole[i]));
    INFO("m " << m);
    REQUIRE(off < 1e-5f);
  }
}

TEST_CASE("infinity and NaN pass through, also where the other factor is zero") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const int64_t size : {4, 16, 128}) {
    const auto count = static_cast<std::size_t>(size * size);
    std::vector<float> a(count, 0.0f), b(count, 1.0f), c(count), d(count);
    b[0] = infinity;                        // meets a zero of every row: column 0 is NaN
    a[static_cast<std::size_t>(size)] = 1;  // but row 1 gets infinity
    a.back() = std::nanf("");               // the last row is NaN
    gemm(size, size, size, a.data(), size, 1, b.data(), size, 1, nullptr, c.data(), size);
    const auto packed = pack_weights(b.data(), size, size, 1, size);
    packed_linear(*packed, a.data(), size, size, nullptr, d.data(), size);
    for (const auto& result : {c, d}) {
      CHECK(std::isnan(result[0]));
      CHECK(result[1] == 0.0f);
      CHECK(result[static_cast<std::size_t>(size)] == infinity);
      CHECK(result[static_cast<std::size_t>(size + 1)] == 1.0f);
      CHECK(std::isnan(result[count - 1]));
    }
  }
}

TEST_CASE("expanded operands, with strides of zero, are read as such") {
  const auto a = randoms(70);
  const auto b = randoms(90);
  std::vector<float> c(70 * 90);
  gemm(70, 90, 64, a.data(), 1, 0, b.data(), 0, 1, nullptr, c.data(), 90);
  for (std::size_t i = 0; i < 70; ++i)
    for (std::size_t j = 0; j < 90; ++j)
      REQUIRE(c[i * 90 + j] == Approx(64 * a[i] * b[j]).epsilon(1e-5));
}

TEST_CASE("threads share packed weights and get the same bits") {
  constexpr int64_t kRows = 60, n = 200, k = 150;
  const auto x = randoms(kRows * k), w = randoms(n * k), bias = randoms(n);
  const auto packed = pack_weights(w.data(), n, k, k, 1);
  // More shapes than a thread remembers, so that forgetting is exercised too.
  std::vector<std::vector<float>> expected;
  for (int64_t m = 1; m <= kRows; ++m) {
    for (const float* added : {static_cast<const float*>(nullptr), bias.data()}) {
      expected.emplace_back(static_cast<std::size_t>(m * n));
      packed_linear(*packed, x.data(), m, k, added, expected.back().data(), n);
    }
  }
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int turn = 0; turn < 20; ++turn) {
        for (std::size_t i = 0; i < expected.size(); i += 1 + t % 3) {
          std::vector<float> y(expected[i].size());
          packed_linear(*packed, x.data(), static_cast<int64_t>(i / 2) + 1, k,
                        i % 2 ? bias.data() : nullptr, y.data(), n);
          if (y != expected[i]) ++wrong[t];
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

namespace {

template <class T>
void check_bias_of_one_row() {
  // Around 2^17 elements, from which on B streams past the cache.
  for (const int64_t n : {1, 100, 511, 512, 513, 1000}) {
    const int64_t k = 256;
    std::vector<T> a(static_cast<std::size_t>(k)), b(static_cast<std::size_t>(k * n)),
        bias(static_cast<std::size_t>(n)), c(static_cast<std::size_t>(n));
    for (auto* all : {&a, &b, &bias})
      for (T& value : *all) value = static_cast<T>(pick(-8, 8));  // sums are exact
    for (const bool by_rows : {true, false}) {
      const int64_t row = by_rows ? n : 1, col = by_rows ? 1 : k;
      for (const T* added : {static_cast<const T*>(nullptr), static_cast<const T*>(bias.data())}) {
        gemm(1, n, k, a.data(), k, 1, b.data(), row, col, added, c.data(), n);
        for (int64_t j = 0; j < n; ++j) {
          T expected = added ? added[j] : T{0};
          for (int64_t i = 0; i < k; ++i)
            expected +=
                a[static_cast<std::size_t>(i)] * b[static_cast<std::size_t>(i * row + j * col)];
          if (c[static_cast<std::size_t>(j)] != expected) FAIL(n << " columns, column " << j);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("the bias is added to one row, whatever size the matrix has") {
  check_bias_of_one_row<float>();
  check_bias_of_one_row<double>();
}

TEST_CASE("a row block depends on the shape only and covers small products whole") {
  CHECK(preferred_row_block(0, 5, 5) == 1);
  CHECK(preferred_row_block(1, 512, 512) == 1);
  for (int64_t m : {1, 7, 100, 3200, 1 << 20})
    for (int64_t n : {0, 1, 64, 2048})
      for (int64_t k : {0, 1, 64, 2048}) {
        const int64_t block = preferred_row_block(m, n, k);
        CHECK(block >= 1);
        CHECK(block <= m);
      }
}

#if defined(__linux__)
TEST_CASE("products start no threads") {
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task"), end;
    return std::distance(tasks, end);
  };
  const auto before = threads();
  const auto x = randoms(300 * 512), w = randoms(512 * 512);
  std::vector<float> y(300 * 512);
  const auto packed = pack_weights(w.data(), 512, 512, 512, 1);
  packed_linear(*packed, x.data(), 300, 512, nullptr, y.data(), 512);
  gemm(300, 512, 512, x.data(), 512, 1, w.data(), 1, 512, nullptr, y.data(), 512);
  gemm(300, 500, 500, x.data(), 512, 1, w.data(), 512, 1, nullptr, y.data(), 512);
  CHECK(threads() == before);
}
#endif
