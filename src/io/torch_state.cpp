// Which part of a checkpoint is the state dict.
#include <algorithm>
#include <array>
#include <set>

#include "core/check.h"
#include "io/quote.h"
#include "io/torch.h"

namespace wick::io {
namespace {

constexpr PickleRef no_key = UINT32_MAX;
constexpr std::array<std::string_view, 6> usual_names{"state_dict", "model_state_dict", "model",
                                                      "net",        "module",           "weights"};

class StateFinder {
 public:
  StateFinder(const Pickle& pickle, const MappedFile& file)
      : pickle_(pickle),
        file_(file),
        most_tensors_(std::min(torch_max_tensors, 10'000 + pickle.size())),
        most_visits_(std::min(pickle_max_values, 100'000 + 16 * pickle.size())) {}

  TorchEntries find(const TorchOptions& options) {
    const PickleRef picked = options.key.empty() ? search() : at_key(options.key);
    if (is_tensor(picked)) return {{"data", picked}};
    add(picked, "", 0);
    if (entries_.empty() && !items(picked).empty())
      file_.fail(fmt::format("there are no tensors in it; {}", keys_of(picked)));
    return std::move(entries_);
  }

 private:
  /// A dict that was found, and how one gets there.
  struct Found {
    PickleRef dict;
    size_t parent;
    PickleRef key;
    int depth;
  };

  const std::vector<PickleRef>& items(PickleRef ref) const { return pickle_[ref].items; }
  bool is_tensor(PickleRef ref) const { return pickle_[ref].kind == PickleKind::tensor; }
  bool is_dict(PickleRef ref) const { return pickle_[ref].kind == PickleKind::dict; }
  bool is_text(PickleRef ref) const { return pickle_[ref].kind == PickleKind::text; }

  bool has_tensors(PickleRef dict) const {
    for (size_t i = 1; i < items(dict).size(); i += 2)
      if (is_tensor(items(dict)[i])) return true;
    return false;
  }

  bool has_key(PickleRef dict, std::string_view key) const {
    for (size_t i = 0; i < items(dict).size(); i += 2)
      if (is_text(items(dict)[i]) && pickle_[items(dict)[i]].text == key) return true;
    return false;
  }

  /// What an optimizer's state_dict() gives has tensors that are nobody's weights.
  bool is_optimizer(PickleRef dict) const {
    return has_key(dict, "state") && has_key(dict, "param_groups");
  }

  PickleRef search() {
    const PickleRef root = pickle_.root;
    if (is_tensor(root)) return root;
    if (!is_dict(root)) file_.fail("it holds neither a dict nor a tensor; save model.state_dict()");
    find_dicts(root);
    std::vector<size_t> usual;
    std::vector<size_t> others;
    for (size_t i = 1; i < found_.size(); ++i) {
      const Found& candidate = found_[i];
      if (!has_tensors(candidate.dict)) continue;
      const bool is_usual =
          candidate.depth == 1 && std::find(usual_names.begin(), usual_names.end(),
                                            pickle_[candidate.key].text) != usual_names.end();
      (is_usual ? usual : others).push_back(i);
    }
    if (usual.size() == 1) return found_[usual[0]].dict;
    if (has_tensors(root) || usual.size() + others.size() == 0) return root;
    if (usual.empty() && others.size() == 1) return found_[others[0]].dict;
    usual.insert(usual.end(), others.begin(), others.end());
    fail_with_several(usual);
  }

  /// All dicts that names lead to, the nearest first; not those inside of a state dict.
  void find_dicts(PickleRef root) {
    std::vector<bool> seen(pickle_.values.size());
    found_ = {{root, 0, no_key, 0}};
    seen[root] = true;
    for (size_t i = 0; i < found_.size(); ++i) {
      const Found at = found_[i];
      if (i > 0 && (has_tensors(at.dict) || at.depth == torch_max_depth)) continue;
      for (size_t j = 0; j + 1 < items(at.dict).size(); j += 2) {
        const PickleRef key = items(at.dict)[j];
        const PickleRef value = items(at.dict)[j + 1];
        if (!is_text(key) || !is_dict(value) || seen[value]) continue;
        seen[value] = true;
        if (!is_optimizer(value)) found_.push_back({value, i, key, at.depth + 1});
      }
    }
  }

  [[noreturn]] void fail_with_several(const std::vector<size_t>& candidates) const {
    constexpr size_t shown = 20;
    std::string list;
    for (size_t i = 0; i < std::min(shown, candidates.size()); ++i) {
      std::string path;
      for (size_t at = candidates[i]; at != 0; at = found_[at].parent)
        path = printable(pickle_[found_[at].key].text) + (path.empty() ? "" : "." + path);
      list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", path);
    }
    if (candidates.size() > shown) list += ", ...";
    file_.fail(fmt::format("it holds several state dicts: {}; say which one with TorchOptions::key",
                           list));
  }

  /// "it has "a", "b""
  std::string keys_of(PickleRef dict) const {
    constexpr size_t shown = 20;
    std::string list;
    size_t count = 0;
    for (size_t i = 0; i < items(dict).size() && count <= shown; i += 2) {
      if (!is_text(items(dict)[i])) continue;
      if (++count > shown)
        list += ", ...";
      else
        list += (count == 1 ? "" : ", ") + quoted(pickle_[items(dict)[i]].text);
    }
    return count == 0 ? "it has no names" : "it has " + list;
  }

  /// The value that a dotted key leads to; a name with dots of its own goes before.
  PickleRef at_key(std::string_view key) const {
    PickleRef at = pickle_.root;
    std::string_view left = key;
    while (!left.empty()) {
      if (!is_dict(at))
        file_.fail(fmt::format("it has no {}: what is there is no dict", quoted(key)));
      size_t best = 0;
      PickleRef next = no_key;
      for (size_t i = 0; i + 1 < items(at).size(); i += 2) {
        const PickleRef name = items(at)[i];
        const std::string text = is_text(name) || pickle_[name].kind != PickleKind::integer
                                     ? std::string()
                                     : std::to_string(pickle_[name].number);
        const std::string_view view = is_text(name) ? pickle_[name].text : std::string_view(text);
        const bool fits = left.starts_with(view) && view.size() >= best && !view.empty() &&
                          (view.size() == left.size() || left[view.size()] == '.');
        if (!fits) continue;
        best = view.size();
        next = items(at)[i + 1];
      }
      if (next == no_key) file_.fail(fmt::format("it has no {}; {}", quoted(key), keys_of(at)));
      at = next;
      left.remove_prefix(std::min(best + 1, left.size()));
    }
    if (!is_dict(at) && !is_tensor(at))
      file_.fail(fmt::format("{} is neither a dict nor a tensor", quoted(key)));
    return at;
  }

  void add(PickleRef dict, const std::string& prefix, int depth) {
    if (depth > torch_max_depth)
      file_.fail(fmt::format("its dicts are nested deeper than {}", torch_max_depth));
    for (size_t i = 0; i + 1 < items(dict).size(); i += 2) {
      if (++visited_ > most_visits_)
        file_.fail("its dicts mention each other too often to be a state dict");
      const PickleValue& key = pickle_[items(dict)[i]];
      const PickleRef value = items(dict)[i + 1];
      if (!is_tensor(value) && !is_dict(value)) continue;
      // A look at a dict is work, as many times as it is mentioned.
      if (is_dict(value)) visited_ += items(value).size();
      if (is_dict(value) && is_optimizer(value)) continue;
      if (key.kind != PickleKind::text && key.kind != PickleKind::integer)
        file_.fail("a tensor's key is neither a text nor an integer");
      const size_t size = prefix.size() + key.text.size();
      if ((name_bytes_ += size) > torch_max_name_bytes)
        file_.fail(
            fmt::format("the names of its tensors have more than {} bytes, which is the limit",
                        torch_max_name_bytes));
      std::string name = prefix;
      name += key.kind == PickleKind::text ? key.text : std::to_string(key.number);
      if (is_dict(value))
        add(value, name + ".", depth + 1);
      else
        add_tensor(std::move(name), value);
    }
  }

  void add_tensor(std::string name, PickleRef tensor) {
    if (entries_.size() == most_tensors_)
      file_.fail(fmt::format("it has more than {} tensors, which is the limit", most_tensors_));
    if (!names_.insert(name).second)
      file_.fail(fmt::format("it has two tensors called {}", quoted(name)));
    entries_.emplace_back(std::move(name), tensor);
  }

  const Pickle& pickle_;
  const MappedFile& file_;
  // A pickle that mentions the same dicts again and again has few bytes for what it would become.
  const size_t most_tensors_;
  const size_t most_visits_;
  std::vector<Found> found_;
  TorchEntries entries_;
  std::set<std::string> names_;
  size_t visited_ = 0;
  size_t name_bytes_ = 0;
};

}  // namespace

TorchEntries find_state_dict(const Pickle& pickle, const MappedFile& file,
                             const TorchOptions& options) {
  return StateFinder(pickle, file).find(options);
}

}  // namespace wick::io
