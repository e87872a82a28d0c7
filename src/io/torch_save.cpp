// Checkpoints as torch.save writes them, in the zip format.
#include <algorithm>

#include "core/check.h"
#include "core/layout.h"
#include "core/tensor_impl.h"
#include "io/quote.h"
#include "io/torch.h"
#include "text/utf8.h"

namespace wick::io {
namespace {

/// The instructions of a pickle, of protocol 2.
class Pickler {
 public:
  void raw(std::string_view instructions) { text_ += instructions; }

  /// Instructions that make a value; the second time, it is fetched.
  void once(const std::string& instructions) {
    const auto [at, is_new] = memo_.try_emplace(instructions, static_cast<char>(memo_.size()));
    if (is_new) text_ += instructions;
    text_ += is_new ? 'q' : 'h';  // BINPUT, BINGET
    text_ += at->second;
  }

  static std::string text(std::string_view value) {
    return instruction('X', value.size(), 4).append(value);
  }

  static std::string integer(int64_t value) {
    const auto bits = static_cast<uint64_t>(value);
    if (bits < 0x100) return instruction('K', bits, 1);
    if (bits < 0x80000000) return instruction('J', bits, 4);
    return instruction('\x8a', 8, 1).append(instruction('\0', bits, 8), 1);
  }

  static std::string tuple(const Shape& values) {
    std::string result = "(";
    for (const int64_t value : values) result += integer(value);
    return result + "t";
  }

  const std::string& result() const { return text_; }

 private:
  static std::string instruction(char opcode, uint64_t argument, int bytes) {
    std::string result(1, opcode);
    for (int i = 0; i < bytes; ++i) result += static_cast<char>(argument >> (8 * i));
    return result;
  }

  std::string text_;
  std::map<std::string, char> memo_;
};

/// A storage that is written: the elements of a tensor, or the piece of memory that it, or several
/// of them, are views of.
struct Piece {
  Tensor tensor;
  int64_t low = 0;  ///< elements, from the beginning of its storage
  int64_t high = -1;
  bool packed = false;  ///< its elements only, one after the other
};

/// An entry of the state dict, and the piece that it is in.
struct Entry {
  std::string name;
  Tensor tensor;
  core::Extent extent;
  size_t piece = 0;
};

Entry checked_entry(const std::string& name, const Tensor& tensor) {
  if (!utf8::is_valid(name))
    core::fail<ValueError>("cannot save {}: the name is not UTF-8", quoted(name));
  if (!tensor.defined() || tensor.is_meta()) writable_elements(tensor, name);  // throws
  core::Extent extent = core::extent(tensor.shape(), tensor.strides());
  extent.low += tensor.storage_offset();
  extent.high += tensor.storage_offset();
  return {name, tensor, extent};
}

/// Finds the pieces; tensors that share elements have one together.
std::vector<Piece> pieces_of(std::vector<Entry>& entries) {
  std::vector<size_t> order(entries.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto place = [&](size_t i) {
    const TensorImpl& impl = entries[i].tensor.impl();
    return std::tuple(impl.storage.get(), impl.dtype, entries[i].extent.low);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return place(a) < place(b); });
  std::vector<Piece> pieces;
  for (const size_t i : order) {
    Entry& entry = entries[i];
    const auto [low, high] = entry.extent;
    const int64_t numel = entry.tensor.numel();
    const bool shares = !pieces.empty() && numel > 0 && pieces.back().tensor.numel() > 0 &&
                        pieces.back().tensor.shares_storage(entry.tensor) &&
                        pieces.back().tensor.dtype() == entry.tensor.dtype() &&
                        low <= pieces.back().high;
    if (shares) {
      pieces.back().high = std::max(pieces.back().high, high);
      pieces.back().packed = false;
    } else {
      pieces.push_back({entry.tensor, low, high, high - low + 1 > numel});
    }
    entry.piece = pieces.size() - 1;
  }
  return pieces;
}

std::string storage_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "FloatStorage";
    case DType::float64:
      return "DoubleStorage";
    case DType::float16:
      return "HalfStorage";
    case DType::bfloat16:
      return "BFloat16Storage";
    case DType::int64:
      return "LongStorage";
    case DType::int32:
      return "IntStorage";
    case DType::uint8:
      return "ByteStorage";
    case DType::bool_:
      return "BoolStorage";
  }
  return {};
}

void add_tensor(Pickler& pickler, const Entry& entry, const Piece& piece, size_t key) {
  const Shape& shape = entry.tensor.shape();
  const int64_t count = piece.packed ? entry.tensor.numel() : piece.high - piece.low + 1;
  const bool is_view = !piece.packed && entry.tensor.numel() > 0;
  pickler.raw(Pickler::text(entry.name));
  pickler.once("ctorch._utils\n_rebuild_tensor_v2\n");
  pickler.raw("((");
  pickler.once(Pickler::text("storage"));
  pickler.once("ctorch\n" + storage_type(entry.tensor.dtype()) + "\n");
  pickler.raw(Pickler::text(std::to_string(key)));
  pickler.once(Pickler::text("cpu"));
  pickler.raw(Pickler::integer(count) + "tQ");
  pickler.raw(Pickler::integer(is_view ? entry.tensor.storage_offset() - piece.low : 0));
  pickler.raw(Pickler::tuple(shape));
  pickler.raw(Pickler::tuple(is_view ? entry.tensor.strides() : core::contiguous_strides(shape)));
  pickler.raw("\x89");  // requires_grad
  pickler.once("ccollections\nOrderedDict\n");
  pickler.raw(")RtR");
}

std::string pickle_of(const std::vector<Entry>& entries, const std::vector<Piece>& pieces,
                      const std::vector<size_t>& keys) {
  Pickler pickler;
  pickler.raw("\x80\x02");
  pickler.once("ccollections\nOrderedDict\n");
  pickler.raw(")R(");
  for (const Entry& entry : entries)
    add_tensor(pickler, entry, pieces[entry.piece], keys[entry.piece]);
  pickler.raw("u.");
  return pickler.result();
}

void write_piece(ZipWriter& zip, const std::string& name, const Piece& piece) {
  if (piece.packed || piece.tensor.numel() == 0) {
    const Tensor elements = writable_elements(piece.tensor, name);
    zip.add(name, {element_bytes(elements)}, {.aligned = true});
    return;
  }
  const auto size = static_cast<int64_t>(element_size(piece.tensor.dtype()));
  const char* first = piece.tensor.impl().storage->data() + piece.low * size;
  zip.add(name, {{first, static_cast<size_t>((piece.high - piece.low + 1) * size)}},
          {.aligned = true});
}

}  // namespace

void save_torch(const std::string& path, const StateDict& state) {
  std::vector<Entry> entries;
  for (const auto& [name, tensor] : state) entries.push_back(checked_entry(name, tensor));
  const std::vector<Piece> pieces = pieces_of(entries);
  // Storages are numbered in the order in which the entries mention them.
  std::vector<size_t> keys(pieces.size(), SIZE_MAX);
  std::vector<size_t> order;
  for (const Entry& entry : entries) {
    if (keys[entry.piece] != SIZE_MAX) continue;
    keys[entry.piece] = order.size();
    order.push_back(entry.piece);
  }
  AtomicFile file(path);
  ZipWriter zip(file);
  zip.add("archive/data.pkl", {pickle_of(entries, pieces, keys)}, {.aligned = true});
  zip.add("archive/byteorder", {"little"}, {.aligned = true});
  for (size_t i = 0; i < order.size(); ++i)
    write_piece(zip, "archive/data/" + std::to_string(i), pieces[order[i]]);
  zip.add("archive/version", {"3\n"}, {.aligned = true});
  zip.finish();
  file.commit();
}

}  // namespace wick::io
