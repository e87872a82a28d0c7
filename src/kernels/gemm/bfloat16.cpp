#include "kernels/gemm/bfloat16.h"

#include <mutex>
#include <type_traits>

#include "kernels/gemm/dnnl_product.h"

namespace wick::kernels {

using dnnl::memory;

struct PackedBFloat16::Impl {
  int64_t n = 0, k = 0;
  memory packed;
  memory::desc layout;
};

PackedBFloat16::PackedBFloat16(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
PackedBFloat16::~PackedBFloat16() = default;

namespace {

/// Whether this machine multiplies bfloat16; oneDNN takes it on others too, but slowly.
bool multiplies_bfloat16() {
  constexpr auto wanted = static_cast<unsigned>(dnnl_cpu_isa_avx512_core_bf16);
  return (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & wanted) == wanted;
}

}  // namespace

std::shared_ptr<const PackedBFloat16> pack_bfloat16(const BFloat16* w, int64_t n, int64_t k,
                                                    int64_t stride_n, int64_t stride_k) {
  constexpr auto type = memory::data_type::bf16;
  if (!multiplies_bfloat16() || (stride_n != 1 && stride_k != 1)) return nullptr;
  const OneThread guard;
  try {
    auto impl = std::make_unique<PackedBFloat16::Impl>();
    impl->n = n;
    impl->k = k;
    constexpr int64_t m = 64;  // the layout serves every m: this stands for them all
    const memory::desc any(memory::dims{k, n}, type, memory::format_tag::any);
    std::unique_lock lock(dnnl_making());
    const auto product = make_matmul(dnnl_cpu(), dnnl_matrix(m, k, k, 1, type), any, nullptr,
                                     dnnl_matrix(m, n, n, 1, type));
    lock.unlock();
    if (!product) return nullptr;
    memory from(dnnl_matrix(k, n, stride_k, stride_n, type), dnnl_cpu(),
                const_cast<BFloat16*>(w));  // only read
    memory to(product->weights_desc(), dnnl_cpu());
    dnnl_copy(from, to);
    impl->layout = product->weights_desc();
    impl->packed = to;
    return std::make_shared<const PackedBFloat16>(std::move(impl));
  } catch (const dnnl::error&) {
    return nullptr;
  }
}

template <class Y>
bool bfloat16_linear(const PackedBFloat16& weights, const BFloat16* x, int64_t m, const float* bias,
                     Y* y) {
  constexpr auto bf16 = memory::data_type::bf16;
  constexpr auto result = std::is_same_v<Y, float> ? memory::data_type::f32 : bf16;
  const auto& w = weights.impl();
  const ProductKey key{m, w.n, w.k, w.k, 1, 0, 0, w.n, bias != nullptr, bf16, result};
  return cached_product(key, &w.layout).run(x, nullptr, &w.packed, bias, y);
}

template bool bfloat16_linear(const PackedBFloat16&, const BFloat16*, int64_t, const float*,
                              float*);
template bool bfloat16_linear(const PackedBFloat16&, const BFloat16*, int64_t, const float*,
                              BFloat16*);

}  // namespace wick::kernels
