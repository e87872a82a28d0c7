// A large file costs what is used of it: time and memory.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "catch.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

using namespace wick;
namespace nn = wick::nn;

namespace {

constexpr int layers = 256;
constexpr int64_t features = 1024;
constexpr int64_t layer_bytes = features * features * 4;

/// A file with 1 GB of weights; the file system keeps no zeros, so it is small on the disk.
void write_large(const std::string& path) {
  std::string header = "{";
  for (int i = 0; i < layers; ++i)
    header += fmt::format(
        R"({}"{}.weight":{{"dtype":"F32","shape":[{},{}],"data_offsets":[{},{}]}})",
        i == 0 ? "" : ",", i, features, features, i * layer_bytes, (i + 1) * layer_bytes);
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  {
    std::ofstream file(path, std::ios::binary);
    const uint64_t length = header.size();
    file.write(reinterpret_cast<const char*>(&length), sizeof length);
    file << header;
  }
  REQUIRE(::truncate(path.c_str(), static_cast<off_t>(8 + static_cast<int64_t>(header.size()) +
                                                      layers * layer_bytes)) == 0);
}

int64_t resident_bytes() {
  std::ifstream status("/proc/self/statm");
  int64_t total = 0, resident = 0;
  status >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

TEST_CASE("safetensors: of a file of 1 GB, one layer is read", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "large.safetensors";
  write_large(path);
  CHECK(std::filesystem::file_size(path) > (uint64_t{1} << 30));
  const Tensor x = ones({1, features});
  // What the first product of the process sets up does not count.
  nn::functional::linear(x, ones({features, features}));

  double fastest = 1e9;
  int64_t grown = 0;
  for (int round = 0; round < 5; ++round) {
    const int64_t before = resident_bytes();
    const auto start = std::chrono::steady_clock::now();
    const nn::StateDict state = io::load_safetensors(path);
    const int64_t loaded = resident_bytes();
    const Tensor y = nn::functional::linear(x, state[fmt::format("{}.weight", 7 + round)]);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    fastest = std::min(fastest, time.count());
    CHECK(y.sum().item<float>() == 0);
    CHECK(loaded - before < 1'000'000);
    grown = std::max(grown, resident_bytes() - before);
  }
  INFO("milliseconds: " << fastest << ", bytes: " << grown);
#if !defined(__SANITIZE_ADDRESS__) && defined(NDEBUG)
  CHECK(fastest < 50);
#endif
  // The layer, and its weights in the form that the product wants.
  CHECK(grown < 4 * layer_bytes);
}
