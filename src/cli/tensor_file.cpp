#include "cli/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/output.h"
#include "cli/streams.h"
#include "cli/usage_error.h"
#include "wick/data/csv.h"
#include "wick/io/npy.h"
#include "wick/io/safetensors.h"
#include "wick/io/state.h"
#include "wick/io/torch_checkpoint.h"
#include "wick/ops.h"

namespace wick::cli {
namespace {

std::string names_in(const StateDict& state) {
  constexpr size_t few = 10;
  std::string text;
  size_t count = 0;
  for (const auto& [name, tensor] : state) {
    if (count++ == few) return text + ", ...";
    text += (text.empty() ? "" : ", ") + printable(name);
  }
  return text;
}

/// JSON has no nan and no infinity: they are texts.
template <class T>
std::string number_text(T value) {
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(value)) return fmt::format("\"{}\"", value);
  return fmt::format("{}", value);
}

/// Lists in lists, as deep as the tensor has dimensions.
template <class T>
std::string list_text(const std::vector<T>& values, const Shape& shape) {
  const std::vector<int64_t> sizes = shape.to_vector();
  if (sizes.empty()) return number_text<T>(values.front());
  std::string text;
  size_t at = 0;
  const auto add = [&](const auto& self, size_t depth) -> void {
    if (depth == sizes.size()) {
      text += number_text<T>(values[at++]);
      return;
    }
    text += '[';
    for (int64_t i = 0; i < sizes[depth]; ++i) {
      if (i > 0) text += depth + 1 == sizes.size() ? ", " : ",\n ";
      self(self, depth + 1);
    }
    text += ']';
  };
  add(add, 0);
  return text;
}

/// {"dtype": "float32", "shape": [2], "data": [0.5, 1]}
std::string json_text(const Tensor& x) {
  std::string data;
  if (x.dtype() == float64)
    data = list_text(x.to_vector<double>(), x.shape());
  else if (x.is_floating_point())
    data = list_text(x.to(float32).to_vector<float>(), x.shape());
  else
    data = list_text(x.to(int64).to_vector<int64_t>(), x.shape());
  return fmt::format("{{\"dtype\": \"{}\",\n \"shape\": {},\n \"data\": {}}}\n", name(x.dtype()),
                     x.shape().to_string(), data);
}

}  // namespace

bool has_extension(std::string_view path, std::string_view extension) {
  if (path.size() <= extension.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(extension.begin(), extension.end(),
                    path.end() - static_cast<std::ptrdiff_t>(extension.size()),
                    [&](char a, char b) { return a == lower(b); });
}

bool is_table(const std::string& path) {
  if (!is_stream(path)) return has_extension(path, ".csv");
  constexpr size_t enough = 512;
  const std::string_view text = std::string_view(stream_bytes(path)).substr(0, enough);
  const size_t first = text.find_first_not_of(" \t\r\n\"");
  if (first == text.npos || text[first] == '{' || text[first] == '[' || text[first] == '<')
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n';
  });
}

Tensor read_tensor(const std::string& path, const std::string& name) {
  Tensor x;
  const bool table = is_table(path);
  with_file(path, [&](const std::string& file) {
    if (table) {
      x = data::read_csv(file, {.dtype = float64});
      return;
    }
    const StateDict state = io::load_state(file);
    if (!name.empty()) {
      x = state[name];
      return;
    }
    if (state.size() != 1)
      throw FileError(state.empty()
                          ? fmt::format("{} has no tensors", file)
                          : fmt::format("{} has {} tensors: say which one with --name ({})", file,
                                        state.size(), names_in(state)));
    x = state.begin()->second;
  });
  return x;
}

std::vector<std::string_view> tensor_formats() {
  return {".csv", ".json", ".npy", ".npz", ".pt", ".pth", ".safetensors"};
}

std::string format_for(const std::string& path, const std::string& format,
                       const std::vector<std::string_view>& known, std::string_view what) {
  const auto list = [&known] {
    std::string text;
    for (size_t i = 0; i < known.size(); ++i) {
      if (known[i] == ".gv") continue;  // another name for .dot
      text += (i == 0 ? "" : i + 1 == known.size() ? " and " : ", ") + std::string(known[i]);
    }
    return text;
  };
  std::string chosen;
  for (const std::string_view extension : known) {
    const bool wanted = format.empty() ? has_extension(path, extension)
                                       : "." + format == extension || format == extension;
    if (wanted) chosen = extension;
  }
  if (chosen.empty() && !format.empty())
    throw UsageError(
        fmt::format("--format: {} are written as {}, not as \"{}\"", what, list(), format));
  if (chosen.empty() && is_stream(path)) chosen = known.front() == ".csv" ? ".npy" : known.front();
  if (chosen.empty())
    throw UsageError(fmt::format("{}: {} are written to {} files", path, what, list()));
  const bool text = chosen == ".csv" || chosen == ".json" || chosen == ".dot" || chosen == ".svg";
  if (path == standard_stream && is_terminal(stdout) && !text)
    throw UsageError(
        fmt::format("{} is not for a terminal: send it to a file or a program (> out{}, | ...)",
                    chosen, chosen));
  return chosen;
}

void write_tensor(const std::string& path, std::string_view format, const Tensor& x,
                  const std::string& name) {
  if (format == ".json") return write_bytes(path, json_text(x));
  to_file(path, format, [&](const std::string& file) {
    if (format == ".csv")
      data::write_csv(file, x);
    else if (format == ".npy")
      io::save_npy(file, x);
    else if (format == ".npz")
      io::save_npz(file, {{name, x}});
    else if (format == ".safetensors")
      io::save_safetensors(file, {{name, x}});
    else
      io::save_torch(file, {{name, x}});
  });
}

}  // namespace wick::cli
