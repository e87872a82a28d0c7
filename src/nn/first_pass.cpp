#include "nn/first_pass.h"

#include <algorithm>
#include <unordered_set>

#include "nn/call_path.h"
#include "wick/format.h"

namespace wick::nn {
namespace {

thread_local FirstPass* current_pass = nullptr;

bool needs_gradients(const Tensor& t) { return t.defined() && t.requires_grad(); }

[[noreturn]] void fail(const ModuleBase& module, const Tensor& forgotten) {
  Error error(fmt::format(
      "its forward used a parameter of shape {} that is not among its named_parameters(), so it "
      "would not be trained, saved or converted; list every field with parameters in "
      "WICK_MODULE({}, ...). (If it belongs to another module on purpose, override "
      "checks_fields() to return false.)",
      forgotten.shape(), module.type_name()));
  note_path(error, module);
  throw error;
}

}  // namespace

FirstPass::FirstPass() : before_(std::exchange(current_pass, this)) {}
FirstPass::~FirstPass() { current_pass = before_; }
FirstPass* FirstPass::current() { return current_pass; }

FirstPass::Done FirstPass::done(const ModuleBase& module, detail::Call& call) {
  Done result{&module, {}, {}};
  thread_local std::vector<Tensor*> tensors;  // keeps its memory
  tensors.clear();
  call.list_outputs(tensors);
  for (const Tensor* t : tensors)
    if (needs_gradients(*t)) result.outputs.push_back(*t);
  if (result.outputs.empty()) return result;
  tensors.clear();
  call.list_inputs(tensors);
  for (const Tensor* t : tensors)
    if (t->defined()) result.inputs.push_back(*t);
  return result;
}

void FirstPass::note(const ModuleBase& module, detail::Call& call) {
  if (Done inner = done(module, call); !inner.outputs.empty()) calls_.push_back(std::move(inner));
}

bool FirstPass::finish(const ModuleBase& module, detail::Call& call) const {
  const Done outermost = done(module, call);
  if (outermost.outputs.empty()) return false;
  const Tensor forgotten = unlisted(outermost);
  if (!forgotten.defined()) return true;
  for (const ModuleBase* m : module.modules()) {
    if (!m->checks_fields()) return true;
    if (m->has_hooks()) return false;
  }
  for (const Done& inner : calls_) {  // inner ones come first
    const Tensor found = unlisted(inner);
    if (found.defined()) fail(*inner.module, found);
  }
  fail(module, forgotten);
}

/// A leaf that operations since the outermost call began took in, an output of `call` hangs on, and
/// which is neither a parameter of its module nor an input or what that was computed from.
Tensor FirstPass::unlisted(const Done& call) const {
  std::unordered_set<const void*> known;
  for (const Tensor& p : call.module->parameters()) known.insert(&p.impl());
  for (const Tensor& x : call.inputs) {
    known.insert(&x.impl());
    for (const Tensor& leaf : mark_.leaves(x)) known.insert(&leaf.impl());
  }
  for (const Tensor& y : call.outputs)
    for (const Tensor& leaf : mark_.leaves(y))
      if (!known.contains(&leaf.impl())) return leaf;
  return {};
}

}  // namespace wick::nn
