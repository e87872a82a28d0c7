// Random programs: ops from the table, views and writes, on results of earlier ops. Whatever comes
// together, there is a result or a wick::Error; under the sanitizers this covers combinations of
// strides, dtypes and sharing that nobody thought of.
#include <random>

#include "catch.h"
#include "ops/op_table.h"

namespace {

using namespace wick;

class Program {
 public:
  explicit Program(uint32_t seed) : random_(seed), ops_(optable::all_ops()) {
    for (const DType dtype :
         {float32, float64, bfloat16, float16, wick::int64, wick::int32, wick::uint8, bool_})
      keep(arange(12).view({3, 4}).to(dtype));
    keep(zeros({0, 3}));
    keep(tensor(2.5));
    keep(randn({2, 3, 4}));
  }

  /// One op, view or write; true if it gave a result.
  bool step() {
    try {
      switch (pick(4)) {
        case 0:
          keep(random_view(any()));
          break;
        case 1:
          write(any(), any());
          break;
        default:
          for (const Tensor& result : ops_[pick(ops_.size())].call(any(), any())) keep(result);
      }
      return true;
    } catch (const Error&) {
      return false;
    }
  }

 private:
  size_t pick(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  int64_t small() { return static_cast<int64_t>(pick(7)) - 3; }
  const Tensor& any() { return pool_[pick(pool_.size())]; }

  void keep(const Tensor& t) {
    if (t.numel() > 500 || t.dim() > 6) return;
    static_cast<void>(t.to_vector<double>());  // readable to the end
    if (pool_.size() < 40)
      pool_.push_back(t);
    else
      pool_[pick(pool_.size())] = t;
  }

  Tensor random_view(const Tensor& x) {
    switch (pick(9)) {
      case 0:
        return x.transpose(small(), small());
      case 1:
        return x.slice(small(), small(), small(), 1 + static_cast<int64_t>(pick(3)));
      case 2:
        return x.select(small(), small());
      case 3:
        return x.unsqueeze(small());
      case 4:
        return x(slice(small(), none), ellipsis);
      case 5:
        return x(none, all);
      case 6:
        return x.view({small(), -1});
      case 7:
        return x.expand({small(), -1, -1});
      default:
        return x.as_strided({2, 2}, {small(), small()}, small());
    }
  }

  void write(const Tensor& x, const Tensor& y) {
    switch (pick(9)) {
      case 0:
        x.add_(y);
        break;
      case 1:
        x.mul_(y);
        break;
      case 2:
        x.copy_(y);
        break;
      case 3:
        x.fill_(small());
        break;
      case 4:
        x(small()) = y;
        break;
      case 5:
        x(y) = small();
        break;
      case 6:
        x(slice(small(), small())) = y;
        break;
      case 7:
        x.masked_fill_(y > 0, small());
        break;
      default:
        x.sigmoid_();
        break;
    }
  }

  std::mt19937 random_;
  std::vector<optable::Op> ops_;
  std::vector<Tensor> pool_;
};

}  // namespace

TEST_CASE("random programs give results or errors", "[robustness]") {
  int results = 0;
  for (uint32_t seed = 0; seed < 60; ++seed) {
    manual_seed(seed);
    Program program(seed);
    for (int i = 0; i < 400; ++i) results += program.step();
  }
  CHECK(results > 5000);
}
