#include "nn/ties.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace wick::nn::ties {
namespace {

/// All modules of a tree, and the buffers that are the same tensor as another one.
struct Tree : ConstVisitor {
  std::vector<const ModuleBase*> modules;
  std::vector<std::pair<const TensorImpl*, const Buffer*>> tied;

  Tree() { skips_empty_ = true; }
  /// Leaves the buffers that are tied to one another.
  void leave_tied() {
    std::sort(tied.begin(), tied.end());
    std::vector<std::pair<const TensorImpl*, const Buffer*>> found;
    for (size_t i = 0; i < tied.size(); ++i) {
      const bool before = i > 0 && tied[i - 1].first == tied[i].first;
      const bool after = i + 1 < tied.size() && tied[i + 1].first == tied[i].first;
      if (before || after) found.push_back(tied[i]);
    }
    tied = std::move(found);
  }

  void parameter(std::string_view, const Parameter& p) override { buffer({}, p); }
  void buffer(std::string_view, const Buffer& b) override {
    if (b.defined()) tied.emplace_back(&b.impl(), &b);
  }
  void child(std::string_view, const ModuleBase& module) override {
    modules.push_back(&module);
    module.inspect(*this);
  }
};

Tree tree_of(const ModuleBase& root) {
  Tree tree;
  root.inspect(tree);
  tree.leave_tied();
  return tree;
}

/// A copy that is going on.
struct Scope {
  const void* to = nullptr;
  std::unordered_set<const ModuleBase*> modules;  // that are still to be copied
  /// Fields that are still to be copied, and the tensor that those tied to them share.
  std::unordered_map<const Buffer*, const TensorImpl*> from;
  std::unordered_map<const TensorImpl*, std::weak_ptr<TensorImpl>> copies;
  /// Fields that are still to be assigned to, and what their tensors have been written from.
  std::unordered_set<const Buffer*> into;
  std::unordered_map<const TensorImpl*, const TensorImpl*> written;

  void add(const Tree& tree) {
    modules.insert(tree.modules.begin(), tree.modules.end());
    for (const auto& [impl, field] : tree.tied) from.emplace(field, impl);
  }
  bool done() const { return modules.empty() && from.empty() && into.empty(); }
};

thread_local bool any = false;  // scopes are open; cheap to look at
thread_local bool gone = false;

struct Scopes {
  std::vector<Scope> open;  // inner ones last
  ~Scopes() {
    any = false;
    gone = true;
  }
};

std::vector<Scope>& scopes() {
  thread_local Scopes all;
  return all.open;
}

void close_to(size_t count) {
  scopes().resize(count);
  any = count > 0;
}

void close_done() {
  size_t count = scopes().size();
  while (count > 0 && scopes()[count - 1].done()) --count;
  close_to(count);
}

/// True if an open scope waited for `from`, which lies inside the module that is copied.
bool awaited(const ModuleBase& from) {
  if (!any) return false;
  for (size_t i = scopes().size(); i-- > 0;)
    if (scopes()[i].modules.erase(&from) > 0) {
      close_to(i + 1);  // inner ones are over
      close_done();
      return true;
    }
  return false;
}

void open(Scope scope) {
  if (scope.done() || gone) return;
  scopes().push_back(std::move(scope));
  any = true;
}

}  // namespace

void copying(const ModuleBase& from, const void* to) {
  if (awaited(from)) return;
  Scope scope;
  scope.to = to;
  scope.add(tree_of(from));
  open(std::move(scope));
}

void assigning(const ModuleBase& from, ModuleBase& to) {
  if (awaited(from)) return;
  Scope scope;
  scope.to = &to;
  scope.add(tree_of(from));
  for (const auto& [impl, field] : tree_of(to).tied) scope.into.insert(field);
  open(std::move(scope));
}

void destroyed(const void* module) {
  if (!any) return;
  const std::vector<Scope>& all = scopes();
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].to == module) return close_to(i);
}

void forget() {
  if (any) close_to(0);
}

Tensor copy_of(const Buffer& from) {
  if (!any) return {};
  for (size_t i = scopes().size(); i-- > 0;) {
    const Scope& scope = scopes()[i];
    const auto field = scope.from.find(&from);
    if (field == scope.from.end()) continue;
    const auto copy = scope.copies.find(field->second);
    return copy == scope.copies.end() ? Tensor() : Tensor(copy->second.lock());
  }
  return {};
}

void copied(const Buffer& from, const Tensor& copy) {
  if (!any) return;
  for (size_t i = scopes().size(); i-- > 0;) {
    Scope& scope = scopes()[i];
    const auto field = scope.from.find(&from);
    if (field == scope.from.end()) continue;
    scope.copies[field->second] = copy.shared_impl();
    scope.from.erase(field);
    return close_done();
  }
}

bool must_part(const Buffer& from, const Buffer& to) {
  if (!any) return false;
  for (size_t i = scopes().size(); i-- > 0;) {
    Scope& scope = scopes()[i];
    if (scope.into.erase(&to) == 0) continue;
    const TensorImpl* source = from.shared_impl().get();
    const bool other = scope.written.emplace(&to.impl(), source).first->second != source;
    close_done();
    return other;
  }
  return false;
}

Together::Together(std::span<const ModuleBase* const> modules) {
  Tree tree;
  for (const ModuleBase* module : modules) tree.child({}, *module);
  tree.leave_tied();
  Scope scope;
  scope.to = this;
  scope.add(tree);
  open(std::move(scope));
}

Together::~Together() { destroyed(this); }

}  // namespace wick::nn::ties
