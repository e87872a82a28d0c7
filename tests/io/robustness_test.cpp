// Every file of tests/golden/io, cut off at every byte and with every byte of its header changed:
// an error, or tensors that can be read; never a crash.
#include <algorithm>
#include <filesystem>

#include "catch.h"
#include "golden_path.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/safetensors.h"
#include "io/state.h"
#include "wick/io/file.h"
#include "wick/wick.h"

using namespace wick;

namespace {

using Read = nn::StateDict(const std::shared_ptr<const io::MappedFile>& file);

/// A format: how its bytes are read, and which golden files have it.
struct Format {
  std::string_view extension;
  Read* read;
  /// Bytes in front of the elements.
  size_t (*header)(std::string_view bytes);
};

const std::vector<Format> formats = {
    {".safetensors",
     [](const std::shared_ptr<const io::MappedFile>& file) { return io::read_safetensors(*file); },
     [](std::string_view bytes) { return bytes.rfind('}') + 1; }},
    {".npz",
     [](const std::shared_ptr<const io::MappedFile>& file) {
       return io::read_npz(io::ZipReader(file));
     },
     [](std::string_view bytes) { return bytes.size(); }},
    {".npy",
     [](const std::shared_ptr<const io::MappedFile>& file) {
       return nn::StateDict{{"data", io::read_npy(*file, 0, file->size())}};
     },
     [](std::string_view bytes) { return bytes.find('\n') + 1; }}};

/// Reads `bytes`; true if they are a file, whose every element is then read too.
bool is_read(Read* read, std::string_view bytes) {
  try {
    const nn::StateDict state = read(io::MappedFile::copy_of(bytes, "bytes"));
    for (const auto& [name, tensor] : state)
      REQUIRE(static_cast<int64_t>(tensor.to_vector<double>().size()) == tensor.numel());
    return true;
  } catch (const Error& error) {
    REQUIRE(std::string_view(error.what()).size() > 10);
    return false;
  }
}

std::vector<std::string> files(std::string_view extension) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(golden_path("io")))
    if (entry.path().extension() == extension) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  REQUIRE_FALSE(paths.empty());
  return paths;
}

}  // namespace

TEST_CASE("files that are cut off anywhere are errors", "[io]") {
  for (const Format& format : formats)
    for (const std::string& path : files(format.extension)) {
      INFO(path);
      const std::string bytes = io::read_file(path);
      for (size_t size = 0; size < bytes.size(); ++size) {
        INFO(size);
        const std::string_view part = std::string_view(bytes).substr(0, size);
        CHECK_FALSE(is_read(format.read, part));
        CHECK_FALSE(is_read(io::read_state, part));
      }
    }
}

TEST_CASE("files with any byte of the header changed are errors or well-formed", "[io]") {
  for (const Format& format : formats)
    for (const std::string& path : files(format.extension)) {
      INFO(path);
      const std::string bytes = io::read_file(path);
      for (size_t at = 0; at < format.header(bytes); ++at) {
        std::string changed = bytes;
        for (int bit = 0; bit < 8; ++bit) {
          changed[at] = static_cast<char>(bytes[at] ^ (1 << bit));
          is_read(format.read, changed);
        }
        for (const char value : {'\0', '\xff'}) {
          changed[at] = value;
          is_read(format.read, changed);
        }
      }
    }
}
