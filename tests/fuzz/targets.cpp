#include "fuzz/targets.h"

#include <array>
#include <cstdlib>

#include "io/npy.h"
#include "io/npz.h"
#include "io/pickle.h"
#include "io/safetensors.h"
#include "io/torch.h"
#include "io/zip.h"
#include "wick/data/csv.h"
#include "wick/wick.h"

namespace fuzz {
namespace {

namespace io = wick::io;
namespace nn = wick::nn;
using wick::Tensor;

std::shared_ptr<const io::MappedFile> file_of(std::string_view bytes) {
  return io::MappedFile::copy_of(bytes, "fuzz");
}

/// Something that must hold whatever the bytes are.
void require(bool condition) {
  if (!condition) std::abort();
}

/// Looks at every element of a tensor that is not of absurd size (an expanded one can be).
void read_all(const Tensor& x) {
  if (x.numel() <= 1 << 20) require(x.to_vector<double>().size() == static_cast<size_t>(x.numel()));
}

void read_all(const nn::StateDict& state) {
  int64_t left = 1 << 20;
  for (const auto& [name, tensor] : state) {
    require(state.contains(name));
    left -= tensor.numel();
    if (left > 0) read_all(tensor);
  }
}

/// A model that loads can be written, and is then read as the same.
void model_json(std::string_view bytes) {
  const wick::DeviceGuard guard(wick::meta);  // whatever sizes the text asks for
  const nn::ModelOptions options{.load_weights = false, .run_tests = false};
  const nn::ModelFile file = nn::ModelFile::parse(bytes, options);
  const std::string text = file.to_json();
  const nn::ModelFile again = nn::ModelFile::parse(text, options);
  require(again.to_json() == text);
  require(again.model.to_string() == file.model.to_string());
}

void safetensors(std::string_view bytes) {
  io::Metadata metadata;
  read_all(io::read_safetensors(*file_of(bytes), &metadata));
}

void npy(std::string_view bytes) {
  read_all(io::read_npy(*file_of(bytes), 0, static_cast<int64_t>(bytes.size())));
}

void npz(std::string_view bytes) { read_all(io::read_npz(io::ZipReader(file_of(bytes)))); }

void zip(std::string_view bytes) {
  constexpr int64_t most = 1 << 20;
  const io::ZipReader archive(file_of(bytes));
  for (const io::ZipEntry& entry : archive.entries()) {
    require(archive.find(entry.name) == &entry);
    try {
      const auto content = archive.read(entry, most);
      require(content->size() == entry.size && entry.size <= most);
    } catch (const wick::FileError&) {  // the others are looked at all the same
    }
  }
}

void pickle(std::string_view bytes) {
  const io::Pickle result = io::unpickle(file_of(bytes));
  require(result.root < result.values.size());
  for (const io::PickleValue& value : result.values)
    for (const io::PickleRef ref : value.items) require(ref < result.values.size());
}

/// The first byte says how the others are read. A table that is read can be written, and is then
/// read as the same.
void csv(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto how = static_cast<unsigned char>(bytes[0]);
  bytes.remove_prefix(1);
  wick::data::CsvOptions options{.delimiter = std::array{',', ';', '\t', ' '}[how % 4],
                                 .skip_rows = how / 128,
                                 .dtype = static_cast<wick::DType>(how / 4 % 8)};
  if (how & 32) options.header = (how & 64) != 0;
  const Tensor x = wick::data::parse_csv(bytes, options);
  require(x.dim() == 2 && x.numel() > 0 && x.dtype() == options.dtype);
  const Tensor again =
      wick::data::parse_csv(wick::data::csv_text(x), {.header = false, .dtype = options.dtype});
  require(again.shape() == x.shape());
  if (x.is_floating_point())
    require(wick::all((again == x).logical_or((again != again).logical_and(x != x))).item<bool>());
  else
    require(again.equal(x));
}

void torch(std::string_view bytes) { read_all(io::read_torch(file_of(bytes))); }

}  // namespace

std::span<const Target> targets() {
  static constexpr std::array list{Target{"model_json", model_json},
                                   Target{"safetensors", safetensors},
                                   Target{"npy", npy},
                                   Target{"npz", npz},
                                   Target{"zip", zip},
                                   Target{"pickle", pickle},
                                   Target{"torch", torch},
                                   Target{"csv", csv}};
  return list;
}

void run(const Target& target, std::string_view bytes) {
  try {
    target.run(bytes);
  } catch (const wick::Error&) {
  }
}

}  // namespace fuzz
