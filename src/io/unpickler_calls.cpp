// What a pickle may call: nothing is run, a value of the kind that the call would make is noted.
#include <fmt/format.h>

#include <algorithm>

#include "io/quote.h"
#include "io/unpickler.h"

namespace wick::io {

void Unpickler::push_global(std::string_view module, std::string_view name) {
  constexpr size_t longest = 100;
  const std::string full = fmt::format("{}.{}", module.substr(0, longest), name.substr(0, longest));
  const KnownGlobal* known = pickle_global(full);
  if (known && known->global == PickleGlobal::refused)
    pickle_.file->fail(
        fmt::format("at byte {} it has {} ({})", started_, known->refusal, known->name));
  if (known) {
    push(make({.kind = PickleKind::global, .global = known->global, .text = known->name}));
    return;
  }
  const bool is_class =
      module.starts_with("torch.nn.") || (!name.empty() && name[0] >= 'A' && name[0] <= 'Z');
  pickle_.file->fail(fmt::format(
      "it names {} at byte {}, which is no part of a state dict: {}", quoted(full), started_,
      is_class ? "it looks like a whole pickled module or another Python object; in Python, save "
                 "model.state_dict() instead"
               : "wick reads data and runs nothing"));
}

void Unpickler::push_persistent(PickleRef id) {
  constexpr size_t longest_key = 1000;
  // ('storage', its type, its key, its device, its elements[, its view of another])
  const std::vector<PickleRef>& parts = pickle_[id].items;
  const bool is_tuple = is(id, PickleKind::tuple) && !parts.empty();
  if (is_tuple && is(parts[0], PickleKind::text) && pickle_[parts[0]].text == "module")
    pickle_.file->fail(fmt::format(
        "it has a whole pickled module at byte {}; in Python, save model.state_dict() instead",
        started_));
  const bool valid = is_tuple && (parts.size() == 5 || parts.size() == 6) &&
                     is(parts[0], PickleKind::text) && pickle_[parts[0]].text == "storage" &&
                     pickle_[parts[1]].global == PickleGlobal::storage_type &&
                     is(parts[2], PickleKind::text) &&
                     pickle_[parts[2]].text.size() <= longest_key &&
                     is(parts[4], PickleKind::integer) && pickle_[parts[4]].number >= 0;
  if (!valid) fail("a persistent id that is not a storage's");
  PickleValue value{.kind = PickleKind::storage,
                    .number = pickle_[parts[4]].number,
                    .text = pickle_[parts[2]].text,
                    .items = {parts[1]}};
  if (parts.size() == 6 && !is(parts[5], PickleKind::none)) value.items.push_back(parts[5]);
  push(make(std::move(value)));
}

void Unpickler::call(PickleRef callable, const std::vector<PickleRef>& arguments) {
  const PickleValue& function = pickle_[callable];
  if (function.kind != PickleKind::global) fail("a call of what is not a known function");
  // A parameter is its tensor, and a torch.Size its tuple.
  const bool is_first =
      !arguments.empty() && ((function.global == PickleGlobal::rebuild_parameter &&
                              is(arguments[0], PickleKind::tensor)) ||
                             (function.global == PickleGlobal::size && arguments.size() == 1 &&
                              are_integers(arguments[0])));
  push(is_first ? arguments[0] : make(called(function, arguments)));
}

PickleValue Unpickler::called(const PickleValue& function,
                              const std::vector<PickleRef>& arguments) {
  switch (function.global) {
    case PickleGlobal::ordered_dict:
      return ordered_dict(arguments);
    case PickleGlobal::rebuild_tensor:
    case PickleGlobal::rebuild_tensor_v3:
      return tensor(function, arguments);
    case PickleGlobal::rebuild_from_type:
      // (function, type, its arguments, attributes): a tensor that has attributes
      if (arguments.size() == 4 && is(arguments[2], PickleKind::tuple) &&
          (pickle_[arguments[0]].global == PickleGlobal::rebuild_tensor ||
           pickle_[arguments[0]].global == PickleGlobal::rebuild_tensor_v3))
        return tensor(pickle_[arguments[0]], pickle_[arguments[2]].items);
      break;
    case PickleGlobal::data_maker:
      return {.kind = PickleKind::other};
    default:
      break;
  }
  fail(fmt::format("a call of {} with other arguments than a state dict has", function.text));
}

PickleValue Unpickler::ordered_dict(const std::vector<PickleRef>& arguments) {
  PickleValue dict{.kind = PickleKind::dict};
  if (arguments.empty()) return dict;
  // Python 2's have a list of pairs. Each is used once, and its items have a byte each at least: a
  // list that is given many times is more work than a pickle may ask for.
  const PickleRef list = arguments[0];
  bool valid = arguments.size() == 1 && is(list, PickleKind::list);
  if (valid && (copied_ += pickle_[list].items.size()) > bytes_.size())
    opcodes_ = pickle_max_opcodes;
  for (size_t i = 0; valid && i < pickle_[list].items.size(); ++i) {
    const PickleValue& pair = pickle_[pickle_[list].items[i]];
    valid =
        (pair.kind == PickleKind::list || pair.kind == PickleKind::tuple) && pair.items.size() == 2;
    if (valid) dict.items.insert(dict.items.end(), pair.items.begin(), pair.items.end());
  }
  if (!valid) fail("an OrderedDict that is not made of pairs");
  return dict;
}

bool Unpickler::are_integers(PickleRef value) const {
  constexpr size_t most_dims = 64;  // what PyTorch has at most
  const PickleValue& sizes = pickle_[value];
  return (sizes.kind == PickleKind::tuple || sizes.kind == PickleKind::list) &&
         sizes.items.size() <= most_dims &&
         std::all_of(sizes.items.begin(), sizes.items.end(),
                     [&](PickleRef item) { return is(item, PickleKind::integer); });
}

PickleValue Unpickler::tensor(const PickleValue& function,
                              const std::vector<PickleRef>& arguments) const {
  // (storage, offset, sizes, strides, requires_grad, hooks, metadata); _rebuild_tensor_v3 has the
  // dtype before the metadata
  constexpr size_t dtype_at = 6;
  const bool has_dtype = function.global == PickleGlobal::rebuild_tensor_v3;
  const size_t metadata_at = has_dtype ? dtype_at + 1 : dtype_at;
  const bool valid = arguments.size() >= (has_dtype ? dtype_at + 1 : 4) &&
                     arguments.size() <= metadata_at + 1 && is(arguments[0], PickleKind::storage) &&
                     is(arguments[1], PickleKind::integer) && are_integers(arguments[2]) &&
                     are_integers(arguments[3]) &&
                     (!has_dtype || pickle_[arguments[dtype_at]].global == PickleGlobal::dtype);
  if (!valid)
    fail(fmt::format("a call of {} with arguments that are not a tensor's", function.text));
  PickleValue value{.kind = PickleKind::tensor,
                    .items = {arguments.begin(), arguments.begin() + 4}};
  if (has_dtype) value.items.push_back(arguments[dtype_at]);
  if (arguments.size() > metadata_at) value.number = marks(arguments[metadata_at]);
  return value;
}

/// What the metadata of a tensor says of how its elements are to be read.
int64_t Unpickler::marks(PickleRef metadata) const {
  int64_t result = 0;
  if (is(metadata, PickleKind::none)) return result;
  const std::vector<PickleRef>& items = pickle_[metadata].items;
  constexpr size_t most = 4;  // two keys and their values: the same dict may be given many times
  if (items.size() > most) fail("metadata of a tensor that has too many keys");
  // That a key is there is enough: PyTorch does not look at its value.
  for (size_t i = 0; i < items.size(); i += 2) {
    const std::string_view key = pickle_[items[i]].text;
    if (!is(metadata, PickleKind::dict) || !is(items[i], PickleKind::text) ||
        (key != "neg" && key != "conj"))
      fail(fmt::format("metadata of a tensor other than \"neg\" and \"conj\": {}", quoted(key)));
    result |= key == "neg" ? pickle_negated : pickle_conjugated;
  }
  return result;
}

}  // namespace wick::io
