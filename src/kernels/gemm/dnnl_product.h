#pragma once

#include <omp.h>

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/dnnl_version.h"
#include "kernels/memory/fork_mutex.h"

/// oneDNN matmul primitives as the kernels use them: serial, and made once per shape and thread.
namespace wick::kernels {

/// oneDNN asks OpenMP for the number of threads both when it plans and when it runs a primitive.
/// While this lives, the answer in this thread is one, and no team is ever started.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) {
    if (before_ != 1) omp_set_num_threads(1);
  }
  ~OneThread() {
    if (before_ != 1) omp_set_num_threads(before_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

/// The engine all of oneDNN's objects here live on.
const dnnl::engine& dnnl_cpu();

/// True where a float32 product with inner dimension k by oneDNN's sgemm, which its matmul
/// primitives may be made of, can run with a stack pointer that points to other memory (see the
/// definition): no signal handler may run meanwhile.
bool sgemm_moves_stack(int64_t k);

/// Makes oneDNN compile the kernels of its sgemm, once a process; false where the memory that is
/// left is too little for that, where a first product would crash. To be asked before sgemm, and
/// before matmul primitives that are made of it.
bool sgemm_is_ready();

/// Held while oneDNN makes a primitive, under locks of its own that no fork() waits for.
ForkMutex& dnnl_making();

/// Copies `from` into the layout of `to`; throws dnnl::error where oneDNN fails or has no memory.
void dnnl_copy(const dnnl::memory& from, dnnl::memory& to);

/// A matrix with strides counted in elements.
dnnl::memory::desc dnnl_matrix(int64_t rows, int64_t cols, int64_t row_stride, int64_t col_stride,
                               dnnl::memory::data_type type = dnnl::memory::data_type::f32);

/// What a primitive was made for. Packed weights are known by b_row == b_col == 0: their layout
/// follows from n and k.
struct ProductKey {
  int64_t m, n, k, a_row, a_col, b_row, b_col, ldc;
  bool bias;
  /// Of the operands and of the result; the bias is float32.
  dnnl::memory::data_type operands = dnnl::memory::data_type::f32;
  dnnl::memory::data_type result = dnnl::memory::data_type::f32;
  bool operator==(const ProductKey&) const = default;
};

/// A matmul primitive with the memory objects of its arguments, to be pointed at the data of each
/// call. Used by one thread.
class Product {
 public:
  Product(const ProductKey& key, const dnnl::memory::desc& weights);

  const ProductKey& key() const { return key_; }

  /// True where there was no memory to make a primitive: worth another try.
  bool starved() const { return starved_; }

  /// False where oneDNN refused or failed; the result is then unspecified. `packed` is used in
  /// place of b for packed weights.
  bool run(const void* a, const void* b, const dnnl::memory* packed, const float* bias, void* c);

 private:
  ProductKey key_;
  dnnl::memory src_, weights_, bias_, dst_, scratch_;
  std::size_t scratch_size_ = 0;
  bool uses_sgemm_ = false;
  bool starved_ = false;
  dnnl::matmul primitive_;
};

/// The product for this key, from the few that this thread used last or made now; `packed` is the
/// layout of packed weights, null for plain ones. Valid until the thread's next call.
Product& cached_product(const ProductKey& key, const dnnl::memory::desc* packed);

}  // namespace wick::kernels
