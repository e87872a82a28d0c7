#include "cli/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/output.h"
#include "cli/usage_error.h"
#include "wick/data/csv.h"
#include "wick/io/npy.h"
#include "wick/io/state.h"

namespace wick::cli {
namespace {

constexpr std::array<std::string_view, 6> writable{".csv", ".npy", ".npz",
                                                   ".pt",  ".pth", ".safetensors"};

std::string names_in(const nn::StateDict& state) {
  constexpr size_t few = 10;
  std::string text;
  size_t count = 0;
  for (const auto& [name, tensor] : state) {
    if (count++ == few) return text + ", ...";
    text += (text.empty() ? "" : ", ") + printable(name);
  }
  return text;
}

}  // namespace

bool has_extension(std::string_view path, std::string_view extension) {
  if (path.size() <= extension.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(extension.begin(), extension.end(),
                    path.end() - static_cast<std::ptrdiff_t>(extension.size()),
                    [&](char a, char b) { return a == lower(b); });
}

Tensor read_tensor(const std::string& path, const std::string& name) {
  if (has_extension(path, ".csv")) return data::read_csv(path, {.dtype = float64});
  const nn::StateDict state = io::load_state(path);
  if (!name.empty()) return state[name];
  if (state.size() != 1)
    throw FileError(state.empty() ? fmt::format("{} has no tensors", path)
                                  : fmt::format("{} has {} tensors: say which one with --name ({})",
                                                path, state.size(), names_in(state)));
  return state.begin()->second;
}

void check_tensor_path(const std::string& path) {
  for (const std::string_view extension : writable)
    if (has_extension(path, extension)) return;
  throw UsageError(
      fmt::format("{}: tensors are written to .csv, .npy, .npz, .pt and .safetensors files", path));
}

void write_tensor(const std::string& path, const Tensor& x, const std::string& name) {
  if (has_extension(path, ".csv"))
    data::write_csv(path, x);
  else if (has_extension(path, ".npy"))
    io::save_npy(path, x);
  else
    io::save_state(path, {{name, x}});
}

}  // namespace wick::cli
