// Files that are read and written while memory runs out, at every allocation in turn: an exception,
// never the end of the process; and the file that was there stays.
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <new>

#include "autograd/sanitizers.h"
#include "catch.h"
#include "golden_path.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

#if !WICK_TEST_SANITIZED

using namespace wick;

namespace {

thread_local int64_t allocations_left = -1;  // of this thread, until one fails; negative: no end

bool fails() { return allocations_left >= 0 && allocations_left-- == 0; }

}  // namespace

void* operator new(size_t size) {
  void* block = fails() ? nullptr : std::malloc(size > 0 ? size : 1);
  if (!block) throw std::bad_alloc();
  return block;
}
void* operator new(size_t size, std::align_val_t alignment) {
  const auto align = static_cast<size_t>(alignment);
  void* block = fails() ? nullptr : std::aligned_alloc(align, (size + align - 1) / align * align);
  if (!block) throw std::bad_alloc();
  return block;
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { std::free(block); }

namespace {

/// Calls `f` with the first, the second, ... allocation failing, until none does; how many did.
int fail_each(const std::function<void()>& f, const std::function<void()>& check) {
  f();  // what is set up once is there now
  for (int n = 0;; ++n) {
    bool failed = false;
    allocations_left = n;
    try {
      f();
    } catch (const std::bad_alloc&) {
      failed = true;
    } catch (const Error&) {
      failed = true;
    }
    const bool was_reached = allocations_left < 0;
    allocations_left = -1;
    check();
    if (!was_reached) return n;
    if (n == 100'000) return failed ? -1 : -2;
  }
}

}  // namespace

TEST_CASE("out of memory while files are written", "[io][errors]") {
  const TemporaryFolder folder;
  const nn::StateDict old{{"w", ones({2})}};
  const nn::StateDict state{{"a name too long for a short string", rand({3, 5}).t()},
                            {"b", ones({4}, {.dtype = int64})},
                            {"c", ones({4}, {.dtype = bool_})}};
  for (const std::string name : {"x.safetensors", "x.pt", "x.npz"}) {
    INFO(name);
    const std::string path = folder / name;
    const auto is_whole = [&] {
      const nn::StateDict found = io::load_state(path);
      REQUIRE((found.size() == old.size() || found.size() == state.size()));
      const std::filesystem::directory_iterator files(folder.path());
      REQUIRE(std::distance(begin(files), end(files)) == 1);
    };
    io::save_state(path, old);
    CHECK(fail_each([&] { io::save_state(path, state); }, is_whole) > 5);
    std::filesystem::remove(path);
  }
  const std::string path = folder / "x";
  CHECK(fail_each([&] { io::write_file(path, "text"); }, [] {}) > 0);
  CHECK(fail_each([&] { io::save_npy(path, ones({3})); }, [] {}) > 1);
  CHECK(fail_each([&] { io::save_npz(path, state, true); }, [] {}) > 5);
  CHECK(fail_each([&] { data::write_csv(path, ones({3})); }, [] {}) > 1);
  const io::Metadata metadata{{"format", "\"quotes\" and more than a short string"}};
  CHECK(fail_each([&] { io::save_safetensors(path, state, metadata); }, [] {}) > 5);
}

TEST_CASE("out of memory while files are read", "[io][errors]") {
  for (const std::string name :
       {"torch2_checkpoint.pt", "torch1_checkpoint_legacy.pt", "torch2_negative.pt",
        "torch2_module.pt", "dtypes.safetensors", "compressed.npz", "fortran_f4.npy",
        "big_endian_f4.npy", "object.npy", "int8.safetensors"}) {
    INFO(name);
    const std::string path = golden_path("io/" + name);
    for (const bool mmap : {true, false})
      CHECK(fail_each(
                [&] {
                  try {
                    (void)io::load_state(path, {.mmap = mmap});
                  } catch (const FileError&) {
                  }
                },
                [] {}) > 3);
  }
}

#endif
