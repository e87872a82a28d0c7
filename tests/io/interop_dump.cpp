// The C++ side of interop.py, which see.
//
//     interop_dump write FORMAT PATH   writes tensors of every kind, and prints them
//     interop_dump read FORMAT PATH    reads tensors, and prints them
//
// A tensor is printed as a line: its name in hexadecimal, its dtype, shape and bytes.
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "io/sample_tensors.h"

using namespace wick;
namespace fs = std::filesystem;

namespace {

using Save = void (*)(const std::string& path, const nn::StateDict& state);
using Load = nn::StateDict (*)(const std::string& path);

struct Format {
  std::string_view name;
  Save save;
  Load load;
  bool has_bfloat16;
};

/// The folder `path` with a file for each tensor.
void save_npy_files(const std::string& path, const nn::StateDict& state) {
  fs::create_directory(path);
  for (const auto& [name, tensor] : state) io::save_npy(path + "/" + name + ".npy", tensor);
}

nn::StateDict load_npy_files(const std::string& path) {
  nn::StateDict state;
  for (const auto& entry : fs::directory_iterator(path))
    state.set(entry.path().stem().string(), io::load_npy(entry.path().string()));
  return state;
}

nn::StateDict load_torch(const std::string& path) { return io::load_torch(path); }

constexpr std::array formats = {
    Format{"safetensors",
           [](const std::string& path, const nn::StateDict& state) {
             io::save_safetensors(path, state, {{"format", "pt"}});
           },
           io::load_safetensors, true},
    Format{"torch", io::save_torch, load_torch, true},
    Format{"torch_legacy", io::save_torch, load_torch, true},
    Format{"npy", save_npy_files, load_npy_files, false},
    Format{"npz",
           [](const std::string& path, const nn::StateDict& state) { io::save_npz(path, state); },
           io::load_npz, false},
    Format{"npz_compressed",
           [](const std::string& path, const nn::StateDict& state) {
             io::save_npz(path, state, true);
           },
           io::load_npz, false},
};

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

void print(const nn::StateDict& state) {
  for (const auto& [name, x] : state)
    fmt::print("{} {} {} {}\n", hex(name), wick::name(x.dtype()), fmt::join(x.shape(), ","),
               hex(bits(x)));
}

void write(const Format& format, const std::string& path) {
  std::vector<DType> dtypes;
  for (const DType dtype : all_dtypes)
    if (format.has_bfloat16 || dtype != bfloat16) dtypes.push_back(dtype);
  nn::StateDict state = any_state(dtypes);
  state.set("schön 🦆", ones({2}));
  format.save(path, state);
  print(state);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 3) return 2;
  const auto* format = std::find_if(formats.begin(), formats.end(), [&](const Format& known) {
    return known.name == arguments[1];
  });
  if (format == formats.end()) return 2;
  try {
    if (arguments[0] == "write")
      write(*format, arguments[2]);
    else
      print(format->load(arguments[2]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
