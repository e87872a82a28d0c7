#include "compute/mask.h"

#include <algorithm>
#include <array>
#include <vector>

#include "compute/elementwise.h"
#include "core/iterate.h"
#include "core/threads.h"
#include "kernels/index/index.h"

namespace wick::compute {
namespace {

/// Parts of a mask with the count of what comes before each, so that threads can fill them apart.
struct MaskParts {
  static constexpr int64_t length = 65536;

  MaskParts(const char* mask, int64_t n) : size(n) {
    const int64_t parts = (n + length - 1) / length;
    before.resize(static_cast<size_t>(parts) + 1);
    core::parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part)
        before[static_cast<size_t>(part) + 1] =
            kernels::count_nonzero(mask + part * length, std::min(length, n - part * length));
    });
    for (size_t part = 1; part < before.size(); ++part) before[part] += before[part - 1];
  }
  int64_t total() const { return before.back(); }

  /// Calls body(begin, end, place): the part's bounds in the mask, and in the result.
  template <class Body>
  void for_each(Body body) const {
    const auto parts = static_cast<int64_t>(before.size()) - 1;
    core::parallel_for(parts, 1, [&](int64_t first, int64_t last) {
      for (int64_t part = first; part < last; ++part)
        body(part * length, std::min(size, (part + 1) * length), before[static_cast<size_t>(part)]);
    });
  }

  int64_t size;
  std::vector<int64_t> before;  // one more than there are parts; the last is the total
};

}  // namespace

void MaskedFill::operator()(const Tensor& out, const Tensor& x, const Tensor& mask) const {
  const Shape& shape = out.shape();
  const size_t size = element_size(out.dtype());
  const Number element(value, out.dtype());
  const std::array<core::Operand, 3> operands{core::operand(out, shape), core::operand(x, shape),
                                              core::operand(mask, shape)};
  core::for_each_run(shape, operands, core::pointwise_grain,
                     [&](char* const* data, const int64_t* steps, int64_t n) {
                       kernels::masked_fill(data[0], steps[0], data[1], steps[1], data[2], steps[2],
                                            element.bytes, n, size);
                     });
}

Tensor nonzero(const Tensor& mask) {
  const char* bytes = core::bytes(mask);
  const MaskParts parts(bytes, mask.numel());
  const int64_t rank = mask.dim();
  const Tensor out = core::make({parts.total(), rank}, DType::int64);
  if (out.numel() == 0) return out;
  auto* rows = reinterpret_cast<int64_t*>(core::bytes(out));
  parts.for_each([&](int64_t begin, int64_t end, int64_t place) {
    int64_t* row = rows + place * rank;
    for (int64_t at = begin; at < end; ++at) {
      if (bytes[at] == 0) continue;
      int64_t rest = at;
      for (int64_t d = rank; d-- > 0;) {
        const int64_t size = mask.shape().begin()[d];
        row[d] = rest % size;
        rest /= size;
      }
      row += rank;
    }
  });
  return out;
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  const char* bytes = core::bytes(mask);
  const MaskParts parts(bytes, mask.numel());
  const Tensor out = core::make({parts.total()}, x.dtype());
  const size_t size = element_size(x.dtype());
  const auto step = static_cast<int64_t>(size);
  parts.for_each([&](int64_t begin, int64_t end, int64_t place) {
    kernels::compress(core::bytes(out) + place * step, core::bytes(x) + begin * step, bytes + begin,
                      end - begin, size);
  });
  return out;
}

}  // namespace wick::compute
