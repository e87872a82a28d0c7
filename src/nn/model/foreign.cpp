#include "nn/model/foreign.h"

#include <array>
#include <filesystem>
#include <fstream>

#include "nn/model/problems.h"
#include "text/utf8.h"
#include "wick/format.h"

namespace wick::nn::model {
namespace {

enum class What : uint8_t { weights, tensors, other };

/// How a file begins that is something else.
struct Foreign {
  size_t offset;
  std::string_view magic;
  What what;
  std::string_view name;  ///< for `other`, with what to do
};

using namespace std::string_view_literals;

constexpr std::array foreign{
    Foreign{0, "\x80\x02"sv, What::weights, "a PyTorch checkpoint (or another pickle)"},
    Foreign{0, "\x80\x03"sv, What::weights, "a pickle, perhaps a PyTorch checkpoint"},
    Foreign{0, "\x80\x04"sv, What::weights, "a pickle, perhaps a PyTorch checkpoint"},
    Foreign{0, "\x80\x05"sv, What::weights, "a pickle, perhaps a PyTorch checkpoint"},
    Foreign{4, "\0\0\0\0{"sv, What::weights, "a safetensors file"},
    Foreign{0, "\x93NUMPY"sv, What::tensors, "a NumPy array (.npy)"},
    Foreign{0, "version https://git-lfs"sv, What::other,
            "a pointer of Git LFS, not the file itself: fetch that with \"git lfs pull\""},
    Foreign{0, "\x1f\x8b"sv, What::other, "compressed with gzip: decompress it first"},
    Foreign{0, "\x28\xb5\x2f\xfd"sv, What::other, "compressed with zstd: decompress it first"},
    Foreign{0,
            "\xfd"
            "7zXZ"sv,
            What::other, "compressed with xz: decompress it first"},
    Foreign{0, "BZh"sv, What::other, "compressed with bzip2: decompress it first"},
    Foreign{257, "ustar"sv, What::other, "a tar archive: unpack it first"},
    Foreign{0, "\x89HDF\r\n"sv, What::other,
            "HDF5, as Keras writes: write the layers as JSON, and the weights with np.savez"},
    Foreign{0, "GGUF"sv, What::other, "GGUF, as llama.cpp uses, which wick does not read"},
    Foreign{4, "TFL3"sv, What::other, "a TensorFlow Lite model, which wick does not read"},
    Foreign{0, "\x08\x03\x12"sv, What::other, "an ONNX model, which wick does not read"},
    Foreign{0, "\x08\x07\x12"sv, What::other, "an ONNX model, which wick does not read"},
    Foreign{0, "\x08\x08\x12"sv, What::other, "an ONNX model, which wick does not read"},
    Foreign{0, "\x08\x09\x12"sv, What::other, "an ONNX model, which wick does not read"},
    Foreign{0, "\x08\x0a\x12"sv, What::other, "an ONNX model, which wick does not read"},
    Foreign{0, "%PDF"sv, What::other, "a PDF"},
    Foreign{0, "\x89PNG"sv, What::other, "a picture (PNG)"},
    Foreign{0,
            "\x7f"
            "ELF"sv,
            What::other, "a program or a library"},
    Foreign{0, "<"sv, What::other,
            "HTML or XML; did the download give a page instead of the file?"},
};

/// A zip archive by the name of its first file.
std::string zip_text(std::string_view bytes, What& what) {
  constexpr size_t header = 30;  // of an entry, in front of its name
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  std::string_view name;
  if (bytes.size() > header) name = bytes.substr(header, byte(26) + 256U * byte(27));
  what = What::weights;
  if (name.ends_with("/data.pkl") || name.find("/.format_version") != name.npos ||
      name.find("/byteorder") != name.npos || name.find("/code/") != name.npos)
    return "a PyTorch checkpoint";
  if (name.ends_with(".npy")) return "a NumPy archive (.npz)";
  what = What::other;
  return "a zip archive (PyTorch checkpoints and .npz files are such): a model file is JSON, which "
         "may name it in \"weights\"";
}

std::string advice(const std::string& path) {
  const std::string name = quoted_name(path.substr(path.rfind('/') + 1), longest_name_shown);
  return fmt::format(
      ". It has tensors and no layers: describe the layers in a model file that says \"weights\": "
      "{}, or make the module in C++ and give it the tensors with "
      "load_state_dict(wick::io::load_state({}))",
      name, name);
}

}  // namespace

std::string foreign_text(std::string_view bytes, const std::string& path) {
  What what = What::other;
  std::string name;
  std::string_view text = bytes;  // pages may begin with blanks
  if (text.starts_with(utf8::mark)) text.remove_prefix(utf8::mark.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (bytes.starts_with("PK\3\4") || bytes.starts_with("PK\5\6")) {
    name = zip_text(bytes, what);
  } else if (text.starts_with('<')) {
    name = foreign.back().name;
  } else {
    for (const Foreign& f : foreign) {
      if (bytes.size() < f.offset || !bytes.substr(f.offset).starts_with(f.magic)) continue;
      name = f.name;
      what = f.what;
      break;
    }
  }
  if (name.empty()) return "";
  if (what == What::tensors)
    name +=
        ". It has a tensor and no layers: a model file may name it in \"tests\", and "
        "wick::io::load_npy reads it";
  else if (what == What::weights)
    name += advice(path);
  return "not a model file, which is JSON, but " + name;
}

std::string foreign_file(const std::string& path) {
  std::error_code error;  // a pipe must neither be waited for nor emptied
  if (!std::filesystem::is_regular_file(path, error)) return "";
  std::array<char, 1024> bytes{};
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), bytes.size());
  return foreign_text({bytes.data(), static_cast<size_t>(file.gcount())}, path);
}

}  // namespace wick::nn::model
