// Every allocation of reading and writing a model file fails once, the first, the second, and so
// on: each time something is thrown, and nothing ends the process.
#include <wick/wick.h>

#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

thread_local long allowed = -1;  // allocations until one fails; -1: all succeed

void* allocate(std::size_t size, std::size_t alignment) {
  if (allowed >= 0 && allowed-- == 0) {
    allowed = 0;  // and all that follow: there is no memory
    return nullptr;
  }
  const std::size_t whole = (size + alignment - 1) / alignment * alignment;
  return std::aligned_alloc(alignment, whole == 0 ? alignment : whole);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  if (void* block = allocate(size, alignment)) return block;
  throw std::bad_alloc();
}

constexpr std::size_t usual = alignof(std::max_align_t);

/// Runs `work` with one allocation more each time, until it has enough. False if that never is.
template <class Work>
bool survives(const char* what, const Work& work) {
  constexpr long most = 100'000;
  for (long i = 0; i < most; ++i) {
    bool done = false;
    allowed = i;
    try {
      work();
      done = true;
    } catch (const std::exception&) {
    }
    allowed = -1;
    if (!done) continue;
    std::printf("%s: %ld allocations failed, one by one\n", what, i);
    return i > 10;
  }
  std::printf("%s: never has enough memory\n", what);
  return false;
}

}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size, usual); }
void* operator new[](std::size_t size) { return allocate_or_throw(size, usual); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, usual);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }

int main() {
  namespace nn = wick::nn;
  const nn::ModelFile file = nn::ModelFile::parse(R"({
    "input": ["n", 4], "metadata": {"a": [1, {"b": "a text that is not short at all"}], "c": {}},
    "model": [{"type": "Linear", "in_features": 4, "out_features": 2},
              {"type": "Residual", "layer": {"type": "GELU", "approximate": "tanh"}}]})");
  const std::string text = file.to_json();
  const wick::DeviceGuard guard(wick::meta);
  bool good = survives("write", [&] { (void)file.to_json(); });
  good = survives("read", [&] { (void)nn::ModelFile::parse(text); }) && good;
  good = survives("schema", [] { (void)nn::model_schema(); }) && good;
  good = survives("refuse",
                  [] {
                    try {
                      (void)nn::from_json(
                          R"([{"type": "relu", "type": "x"}, {"type": "GELU", "p": [1]}])");
                    } catch (const wick::ModelFileError&) {
                    }
                  }) &&
         good;
  return good ? 0 : 1;
}
