// Masks: nonzero, masked_select, masked_fill.
#include <array>

#include "autograd/node.h"
#include "core/check.h"
#include "core/dispatch.h"
#include "core/iterate.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "kernels/index/index.h"
#include "ops/arguments.h"
#include "ops/pointwise/elementwise.h"
#include "wick/autograd.h"
#include "wick/ops.h"

namespace wick {
namespace {

using ops::is_mask;

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

void need_elements(const Tensor& t, std::string_view op) {
  if (t.is_meta())
    core::fail<TypeError>(
        "{}(): the shape of the result depends on elements, and a meta tensor has none; use a "
        "tensor on the cpu, or where() or masked_fill(), which keep the shape",
        op);
}

void check_fill_mask(const Tensor& mask) {
  if (!is_mask(mask))
    core::fail<TypeError>("masked_fill only supports boolean masks, but got mask with dtype {}",
                          name(mask.dtype()));
}

/// out = mask ? value : x.
void fill(const Tensor& out, const Tensor& x, const Tensor& mask, Scalar value) {
  ops::check_fits(value, out.dtype(), ops::HalfOverflow::error);
  if (out.is_meta() || out.numel() == 0) return;
  const Shape& shape = out.shape();
  const size_t size = element_size(out.dtype());
  const ops::Number element(value, out.dtype());
  const std::array<core::Operand, 3> operands{core::operand(out, shape), core::operand(x, shape),
                                              core::operand(mask, shape)};
  core::for_each_run(shape, operands, core::pointwise_grain,
                     [&](char* const* data, const int64_t* steps, int64_t n) {
                       kernels::masked_fill(data[0], steps[0], data[1], steps[1], data[2], steps[2],
                                            element.bytes, n, size);
                     });
}

/// The derivative with respect to x of what takes another value where `mask` says.
auto unmasked(const Tensor& x, const Tensor& mask) {
  return autograd::wrt(
      x, [mask = autograd::Saved(mask)](const Tensor& g) { return masked_fill(g, mask, 0); });
}

}  // namespace

Tensor nonzero(const Tensor& x) {
  need_elements(x, "nonzero");
  const Tensor mask = contiguous(is_mask(x) ? x : ne(x, Scalar(0)));
  const char* bytes = core::bytes(mask);
  const MaskParts parts(bytes, mask.numel());
  const int64_t rank = x.dim();
  const Tensor out = core::make({parts.total(), rank}, DType::int64);
  if (out.numel() == 0) return out;
  auto* rows = out.data_ptr<int64_t>();
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
  if (!is_mask(mask)) throw TypeError("masked_select: expected BoolTensor or ByteTensor for mask");
  const Shape shape = broadcast_shapes(x.shape(), mask.shape());
  need_elements(x, "masked_select");
  need_elements(mask, "masked_select");
  const Tensor wide_mask = contiguous(expand(mask, shape));
  const Tensor wide = contiguous(expand(x.detach(), shape));
  const char* bytes = core::bytes(wide_mask);
  const MaskParts parts(bytes, wide_mask.numel());
  const Tensor out = core::make({parts.total()}, x.dtype());
  const size_t size = element_size(x.dtype());
  const auto step = static_cast<int64_t>(size);
  parts.for_each([&](int64_t begin, int64_t end, int64_t place) {
    kernels::compress(core::bytes(out) + place * step, core::bytes(wide) + begin * step,
                      bytes + begin, end - begin, size);
  });
  return autograd::record(
      "MaskedSelectBackward0", out,
      autograd::wrt(x, [mask = autograd::Saved(wide_mask.to(DType::bool_))](const Tensor& g) {
        Tensor result = zeros(mask.get().shape(), g.dtype());
        result.index_put_({mask.get()}, g);
        return result;
      }));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value) {
  check_fill_mask(mask);
  const Shape shape = broadcast_shapes(x.shape(), mask.shape());
  const Tensor out = core::make_strided(shape, core::result_strides(shape, std::span(&x, 1)),
                                        x.dtype(), ops::common_device(x, mask));
  fill(out, x, mask, value);
  return autograd::record("MaskedFillBackward0", out, unmasked(x, mask));
}

Tensor Tensor::nonzero() const { return wick::nonzero(*this); }
Tensor Tensor::masked_select(const Tensor& mask) const { return wick::masked_select(*this, mask); }
Tensor Tensor::masked_fill(const Tensor& mask, Scalar value) const {
  return wick::masked_fill(*this, mask, value);
}

const Tensor& Tensor::masked_fill_(const Tensor& mask, Scalar value) const {
  core::check_writable(*this);
  check_fill_mask(mask);
  const Shape wide = broadcast_shapes(shape(), mask.shape());
  if (wide != shape())
    core::fail<ShapeError>("output with shape {} doesn't match the broadcast shape {}", shape(),
                           wide);
  if (mask.is_meta() && !is_meta())
    throw TypeError("masked_fill_(): the mask is on the meta device and has no elements");
  const Tensor apart = core::overlaps(mask, *this) ? wick::clone(mask) : mask;
  if (autograd::detail::is_recorded(*this)) autograd::check_savable(apart);
  fill(*this, *this, apart, value);
  core::wrote(*this);
  return autograd::record_in_place("MaskedFillBackward0", *this, unmasked(*this, apart));
}

}  // namespace wick
