// A large file costs what is used of it: time and memory.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
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

/// Bytes of the file that this process has read by way of its mapping.
int64_t touched_bytes(const std::string& path) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool is_file = false;
  int64_t bytes = 0;
  while (std::getline(maps, line)) {
    if (line.ends_with(path)) is_file = true;
    if (is_file && line.starts_with("Rss:")) {
      bytes += 1024 * std::stoll(line.substr(4));
      is_file = false;
    }
  }
  return bytes;
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
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const nn::StateDict state = io::load_safetensors(path);
    const int64_t loaded = touched_bytes(path);
    const Tensor y = nn::functional::linear(x, state[fmt::format("{}.weight", 7 + round)]);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    fastest = std::min(fastest, time.count());
    CHECK(y.sum().item<float>() == 0);
    // The header is 20 kB; the system maps a few pages around one that is touched.
    CHECK(loaded <= 256 * 1024);
    const int64_t used = touched_bytes(path);
    CHECK(used <= layer_bytes + 512 * 1024);
    if (std::filesystem::exists("/proc/self/smaps")) CHECK(used >= layer_bytes);
  }
  INFO("milliseconds: " << fastest);
#if !defined(__SANITIZE_ADDRESS__) && defined(NDEBUG)
  CHECK(fastest < 50);
#endif
}

TEST_CASE("mapped tensors keep a file that is replaced, copies any file", "[io]") {
  const TemporaryFolder folder;
  const Tensor numbers = arange(1000.).to(float32);
  const nn::StateDict state{{"data", numbers}};
  for (const std::string name : {"x.safetensors", "x.pt", "x.npz", "x.npy"}) {
    INFO(name);
    const std::string path = folder / name;
    const auto save = [&](const nn::StateDict& what) {
      if (name == "x.npy")
        io::save_npy(path, what["data"]);
      else
        io::save_state(path, what);
    };
    save(state);
    const nn::StateDict mapped = io::load_state(path);
    save({{"data", zeros({1000})}});
    CHECK(equal(mapped["data"], numbers));
    mapped["data"].fill_(7);  // which is nothing to the file
    CHECK(equal(io::load_state(path)["data"], zeros({1000})));
    if (std::filesystem::exists("/proc/self/smaps")) CHECK(touched_bytes(path + " (deleted)") > 0);

    save(state);
    const nn::StateDict copied = io::load_state(path, {.mmap = false});
    CHECK(touched_bytes(path) == 0);
    REQUIRE(::truncate(path.c_str(), 10) == 0);
    CHECK(equal(copied["data"], numbers));
  }
  const std::string path = folder / "y";
  io::save_npz(path, state);
  CHECK(equal(io::load_npz(path, {.mmap = false})["data"], numbers));
  io::save_npy(path, numbers);
  CHECK(equal(io::load_npy(path, {.mmap = false}), numbers));
  io::save_torch(path, state);
  CHECK(equal(io::load_torch(path, {.mmap = false})["data"], numbers));
  io::save_safetensors(path, state);
  CHECK(equal(io::load_safetensors(path, {.mmap = false})["data"], numbers));
  io::write_file(path, "");
  CHECK_THROWS_AS(io::load_npy(path, {.mmap = false}), FileError);
}
