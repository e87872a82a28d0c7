// The format before PyTorch 1.6: five pickles (a magic number, a version, facts about the machine,
// the object, the keys of the storages), and behind them every storage: its size and its elements.
#include <cstring>

#include "core/check.h"
#include "io/quote.h"
#include "io/torch.h"

namespace wick::io {
namespace {

constexpr std::string_view magic{"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10};
constexpr std::string_view magic_digits = "119547037146038801333356";
constexpr int64_t version = 1001;

/// Where the elements of a storage are.
struct Place {
  int64_t offset;
  int64_t size;
};

/// Goes over the storages behind the pickles; they have their sizes, but not those of elements,
/// with them.
std::map<std::string_view, Place> places(const Pickle& pickle, const Pickle& keys,
                                         const MappedFile& file) {
  std::map<std::string_view, const PickleValue*> known;
  for (const PickleValue& value : pickle.values)
    if (value.kind == PickleKind::storage) known.emplace(value.text, &value);
  std::map<std::string_view, Place> result;
  int64_t at = keys.end;
  for (const PickleRef ref : keys.top().items) {
    const auto found = known.find(keys[ref].text);
    if (keys[ref].kind != PickleKind::text || found == known.end())
      file.fail("its list of storages has one that nothing is in");
    const PickleValue& storage = *found->second;
    int64_t count = 0;
    if (file.size() - at < static_cast<int64_t>(sizeof(count)))
      file.fail(fmt::format("it is cut short before storage {}", quoted(storage.text)));
    std::memcpy(&count, file.bytes().data() + at, sizeof(count));
    at += static_cast<int64_t>(sizeof(count));
    if (count != storage.number)
      file.fail(fmt::format("storage {} has {} elements, but {} are expected", quoted(storage.text),
                            count, storage.number));
    const int64_t size = torch_element(pickle[storage.items[0]]).size;
    if (count > (file.size() - at) / size)
      file.fail(fmt::format("it is cut short in storage {}", quoted(storage.text)));
    result.emplace(storage.text, Place{at, count * size});
    at += count * size;
  }
  return result;
}

/// Reads the three pickles in front of the object's, and forgets them.
int64_t begin_of_object(const std::shared_ptr<const MappedFile>& file) {
  const Pickle first = unpickle(file);
  const PickleValue& number = first.top();
  if (number.kind != PickleKind::other || (number.text != magic && number.text != magic_digits))
    file->fail("a pickle, but not one of torch.save; save model.state_dict() with that");
  const Pickle protocol = unpickle(file, first.end);
  if (protocol.top().kind != PickleKind::integer || protocol.top().number != version)
    file->fail(fmt::format("a PyTorch checkpoint of another version than {}", version));
  return unpickle(file, protocol.end).end;
}

}  // namespace

bool is_torch_legacy(std::string_view bytes) {
  constexpr size_t most = 40;  // the magic number's pickle is among the first bytes
  const std::string_view head = bytes.substr(0, most);
  return head.find(magic) != head.npos || head.find(magic_digits) != head.npos;
}

StateDict read_torch_legacy(std::shared_ptr<const MappedFile> file, const TorchOptions& options) {
  const Pickle pickle = unpickle(file, begin_of_object(file));
  const Pickle keys = unpickle(file, pickle.end);
  if (keys.top().kind != PickleKind::list) file->fail("it has no list of storages");
  const TorchEntries entries = find_state_dict(pickle, *file, options);
  const std::map<std::string_view, Place> where = places(pickle, keys, *file);
  const auto storages = [&](std::string_view key, int64_t size) {
    const auto found = where.find(key);
    if (found == where.end()) file->fail(fmt::format("it has no storage {}", quoted(key)));
    if (found->second.size != size)
      file->fail(fmt::format("storage {} has {} bytes, but {} are expected", quoted(key),
                             found->second.size, size));
    return file->part(found->second.offset, size, file->name());
  };
  // The elements are little-endian on any machine.
  MemoryTotal memory;
  return build_torch_tensors(pickle, entries, *file, storages, memory, false);
}

}  // namespace wick::io
