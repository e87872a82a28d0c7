#include "kernels/gemm/dnnl_product.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <tuple>
#include <vector>

#include "kernels/memory/held_signals.h"
#include "kernels/memory/scratch.h"

namespace wick::kernels {

using dnnl::memory;

namespace {

/// Room for what oneDNN compiles at once: the kernels of its sgemm take 10 MB of addresses on a
/// machine with AVX-512. oneDNN 2.6 writes through a null pointer where there is none.
bool has_room() {
#ifdef __linux__
  constexpr std::size_t room = 16 << 20;
  void* at = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at != MAP_FAILED && munmap(at, room) == 0;
#else
  return true;
#endif
}

}  // namespace

const dnnl::engine& dnnl_cpu() {
  return made_once<[] { return new dnnl::engine(dnnl::engine::kind::cpu, 0); }>();
}

ForkMutex& dnnl_making() {
  struct Making : ForkMutex {};
  return one_for_all<Making>();
}

void dnnl_copy(const memory& from, memory& to) {
  std::unique_lock lock(dnnl_making());
  if (!has_room()) throw dnnl::error(dnnl_out_of_memory, "no memory for a kernel");
  dnnl::reorder copy(from, to);
  lock.unlock();
  dnnl::stream stream(dnnl_cpu());
  copy.execute(stream, const_cast<memory&>(from), to);  // which is only read
}

bool sgemm_is_ready() {
#if defined(__x86_64__)  // elsewhere oneDNN's sgemm compiles nothing
  static std::atomic<bool> ready{false};
  if (ready.load(std::memory_order_acquire)) return true;
  const std::lock_guard lock(dnnl_making());
  if (ready.load(std::memory_order_relaxed)) return true;
  if (!has_room()) return false;
  const OneThread guard;
  const float a = 1, b = 1;
  float c = 0;
  if (dnnl_sgemm('N', 'N', 1, 1, 1, 1.0f, &a, 1, &b, 1, 0.0f, &c, 1) != dnnl_success) return false;
  ready.store(true, std::memory_order_release);
#endif
  return true;
}

bool sgemm_moves_stack(int64_t k) {
#if defined(__x86_64__)
  // From 0.12 to 3.11.1 the kernels for AVX, AVX2 and AVX-512 that do not copy B (jit_avx_gemm_f32,
  // jit_avx512_common_gemm_f32) load the address of their workspace into rsp where it is too large
  // for the stack; a handler then writes its frame over what lies in front of that workspace.
  const dnnl_version_t& v = *dnnl_version();  // of the library that was loaded
  const bool affected = std::tuple(v.major, v.minor, v.patch) < std::tuple(3, 11, 2);
  constexpr int64_t fits_stack = 84;  // in each of them
  return affected && k > fits_stack;
#else
  static_cast<void>(k);
  return false;
#endif
}

memory::desc dnnl_matrix(int64_t rows, int64_t cols, int64_t row_stride, int64_t col_stride,
                         memory::data_type type) {
  return {memory::dims{rows, cols}, type, memory::dims{row_stride, col_stride}};
}

Product::Product(const ProductKey& key, const memory::desc& weights) : key_(key) {
  const auto src = dnnl_matrix(key.m, key.k, key.a_row, key.a_col, key.operands);
  const auto dst = dnnl_matrix(key.m, key.n, key.ldc, 1, key.result);
  const auto bias = dnnl_matrix(1, key.n, key.n, 1);
  const OneThread guard;
  const std::lock_guard lock(dnnl_making());
  if (starved_ = !has_room(); starved_) return;
  try {
    const auto desc = make_matmul(dnnl_cpu(), src, weights, key.bias ? &bias : nullptr, dst);
    if (!desc) return;
    src_ = memory(src, dnnl_cpu(), nullptr);
    dst_ = memory(dst, dnnl_cpu(), nullptr);
    if (key.bias) bias_ = memory(bias, dnnl_cpu(), nullptr);
    if (key.b_row != 0) weights_ = memory(weights, dnnl_cpu(), nullptr);
    scratch_size_ = desc->scratchpad_desc().get_size();
    scratch_ = memory(desc->scratchpad_desc(), dnnl_cpu(), nullptr);
    // What is not made of sgemm has kernels of its own, whose stack is the thread's.
    const bool own_kernels = std::string_view(desc->impl_info_str()).starts_with("brg");
    uses_sgemm_ = !own_kernels;
    primitive_ = dnnl::matmul(*desc);
  } catch (const dnnl::error&) {
    primitive_ = dnnl::matmul();  // remembered as refused
  }
}

bool Product::run(const void* a, const void* b, const memory* packed, const float* bias, void* c) {
  if (!primitive_.get(/*allow_empty=*/true)) return false;
  if (uses_sgemm_ && !sgemm_is_ready()) return false;
  thread_local const dnnl::stream stream(dnnl_cpu());
  Scratch scratch;
  // oneDNN's interface has no const, but it only reads these.
  src_.set_data_handle(const_cast<void*>(a));
  dst_.set_data_handle(c);
  std::array<dnnl_exec_arg_t, 5> args;
  int count = 0;
  const auto add = [&](int name, const memory& value) {
    args[static_cast<std::size_t>(count++)] = {name, value.get()};
  };
  add(DNNL_ARG_SRC, src_);
  add(DNNL_ARG_DST, dst_);
  if (packed) {
    add(DNNL_ARG_WEIGHTS, *packed);
  } else {
    weights_.set_data_handle(const_cast<void*>(b));
    add(DNNL_ARG_WEIGHTS, weights_);
  }
  if (bias) {
    bias_.set_data_handle(const_cast<float*>(bias));
    add(DNNL_ARG_BIAS, bias_);
  }
  if (scratch_size_ > 0) {
    scratch_.set_data_handle(scratch.reserve(scratch_size_));
    add(DNNL_ARG_SCRATCHPAD, scratch_);
  }
  const OneThread guard;
  const HeldSignals held(uses_sgemm_ && sgemm_moves_stack(key_.k));
  // The C call: the C++ one copies the arguments into a hash map and out of it again.
  return dnnl_primitive_execute(primitive_.get(), stream.get(), count, args.data()) == dnnl_success;
}

// The primitives this thread used last. Each thread has its own, so that nothing is locked and
// the memory objects need no sharing; oneDNN's own cache shares the compiled code behind them.
Product& cached_product(const ProductKey& key, const memory::desc* packed) {
  constexpr std::size_t kCapacity = 64;
  thread_local std::vector<std::unique_ptr<Product>> recent;  // last used first
  auto found = std::find_if(recent.begin(), recent.end(),
                            [&](const auto& entry) { return entry->key() == key; });
  if (found != recent.end() && (*found)->starved()) {
    recent.erase(found);
    found = recent.end();
  }
  if (found == recent.end()) {
    auto made = std::make_unique<Product>(
        key, packed ? *packed : dnnl_matrix(key.k, key.n, key.b_row, key.b_col));
    if (recent.size() == kCapacity) recent.pop_back();
    recent.push_back(std::move(made));
    found = recent.end() - 1;
  }
  std::rotate(recent.begin(), found, found + 1);
  return *recent.front();
}

}  // namespace wick::kernels
