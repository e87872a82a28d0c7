// Python's pickles, read as data: what they build are the values below, and nothing is ever run.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"

namespace wick::io {

/// The most values that a pickle may make, and the most instructions that it may have: a state dict
/// takes about 15 and 35 for a tensor.
inline constexpr size_t pickle_max_values = 5'000'000;
inline constexpr size_t pickle_max_opcodes = 20'000'000;

enum class PickleKind : uint8_t {
  none,
  boolean,
  integer,
  real,
  text,
  bytes,
  list,
  tuple,
  dict,
  global,   // a class or a function, known by its name
  storage,  // what a persistent id stands for
  tensor,
  other  // nothing that is of use
};

/// What the names are that a pickle may mention.
enum class PickleGlobal : uint8_t {
  none,
  ordered_dict,
  rebuild_tensor,
  rebuild_tensor_v3,
  rebuild_from_type,
  rebuild_parameter,
  tensor_type,
  storage_type,
  dtype,
  size,
  data_maker,  // makes something that is of no use here, such as bytes
  refused      // makes tensors of a kind that wick has not
};

/// The number of a value in Pickle::values.
using PickleRef = uint32_t;

/// What a tensor may be marked as: bits of PickleValue::number.
inline constexpr int64_t pickle_negated = 1;
inline constexpr int64_t pickle_conjugated = 2;

/// A value. Those that are inside of it are numbers: a value may be in many others, and in itself.
struct PickleValue {
  PickleKind kind = PickleKind::none;
  PickleGlobal global = PickleGlobal::none;
  /// Of an integer, a boolean; elements of a storage; what a tensor is marked as; see real().
  int64_t number = 0;
  /// Of text and bytes; a global's dotted name; a storage's key.
  std::string_view text = {};
  /// Of a list and a tuple; keys and values, in turns, of a dict; a storage's type and, if it has
  /// one, its view of another; a tensor's storage, offset, sizes, strides and, if given, dtype.
  std::vector<PickleRef> items = {};

  double real() const { return std::bit_cast<double>(number); }
};

/// What a pickle built.
struct Pickle {
  std::shared_ptr<const MappedFile> file;  ///< has the texts
  std::deque<std::string> unescaped;       ///< so do these
  std::deque<PickleValue> values;          ///< a vector that grows would take twice the memory
  PickleRef root = 0;
  int64_t begin = 0;  ///< its first byte
  int64_t end = 0;    ///< the byte behind it

  const PickleValue& operator[](PickleRef ref) const { return values[ref]; }
  const PickleValue& top() const { return values[root]; }
  size_t size() const { return static_cast<size_t>(end - begin); }
};

/// Reads the pickle at byte `begin` of `file`, of protocol 0 to 5. Throws FileError for one that is
/// damaged or too large, that names a class or function which no state dict needs, or that calls
/// anything but the few which one does need.
Pickle unpickle(std::shared_ptr<const MappedFile> file, int64_t begin = 0);

/// A name that a pickle may mention, "torch.Size", and what it is.
struct KnownGlobal {
  std::string_view name;
  PickleGlobal global;
  std::string_view refusal = {};  ///< of one that makes what wick has not: why, and what to do
};
/// The one called `name`, or nullptr: then no pickle may mention it.
const KnownGlobal* pickle_global(std::string_view name);

}  // namespace wick::io
