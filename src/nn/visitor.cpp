#include "wick/nn/visitor.h"

#include "nn/nesting.h"
#include "nn/ties.h"
#include "wick/autograd.h"
#include "wick/format.h"
#include "wick/nn/container.h"

namespace wick::nn {

Buffer::Buffer(const Tensor& t) : Tensor(t.defined() ? t.detach() : Tensor()) {}

Buffer::Buffer(const Buffer& other) : Tensor(ties::copy_of(other)) {
  if (!other.defined()) return;
  if (!defined()) {
    const NoGradGuard guard;
    Tensor::operator=(other.Tensor::clone());
    requires_grad_(other.requires_grad());
  }
  ties::copied(other, *this);
}

namespace {

/// Copies the elements of `from` into the tensor `to`; false if that cannot be, and has not been.
bool write_in_place(const Tensor& to, const Tensor& from) {
  if (!to.defined() || to.shape() != from.shape() || to.dtype() != from.dtype() ||
      to.device() != from.device() || !to.is_leaf())
    return false;
  const NoGradGuard guard;
  try {
    to.copy_(from);
  } catch (const Error&) {
    return false;  // an expanded tensor, or one of inference mode
  }
  return true;
}

}  // namespace

Buffer& Buffer::operator=(const Buffer& other) {
  const bool part = ties::must_part(other, *this);
  if (is_same(other)) {
    if (defined()) ties::copied(other, *this);
    return *this;
  }
  const Tensor twin = ties::copy_of(other);
  if (twin.defined())
    Tensor::operator=(twin);
  else if (part || !other.defined() || !write_in_place(*this, other))
    Tensor::operator=(Buffer(other));
  else if (requires_grad() != other.requires_grad())
    requires_grad_(other.requires_grad());
  if (defined()) ties::copied(other, *this);
  return *this;
}

Buffer& Buffer::share(const Buffer& other) {
  if (!other.defined())
    throw ValueError("share expects a defined tensor to be tied to, got an undefined one");
  if (defined() && shape() != other.shape())
    throw ShapeError(
        fmt::format("share ties tensors of one shape, but this one has shape {} and the other {}",
                    shape(), other.shape()));
  Tensor::operator=(other);
  return *this;
}

Parameter& Parameter::share(const Parameter& other) {
  Buffer::share(other);
  return *this;
}

Parameter::Parameter(const Tensor& t) : Buffer(t) {
  if (defined() && is_floating_point()) requires_grad_();
}

std::string Parameter::to_string() const { return "Parameter containing:\n" + Tensor::to_string(); }

namespace {
thread_local int64_t visits = 0;
}

detail::VisitScope::VisitScope() {
  // The options of the innermost, and options among them, do not count as modules.
  if (visits >= max_module_nesting + 2) NestingScope::fail();
  ++visits;
}
detail::VisitScope::~VisitScope() { --visits; }

Visitor::~Visitor() = default;
void Visitor::parameter(std::string_view, Parameter&) {}
void Visitor::buffer(std::string_view, Buffer&) {}
void Visitor::option(std::string_view, Option) {}
void Visitor::child(std::string_view, Module&) {}
void Visitor::list(std::string_view name, std::span<Module* const> modules) {
  for (size_t i = 0; i < modules.size(); ++i)
    child(std::string(name) + "." + std::to_string(i), *modules[i]);
}

void Visitor::operator()(std::string_view name, bool& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, int64_t& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, double& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, std::string& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, Shape& value) { option(name, &value); }
void Visitor::operator()(std::string_view name, std::optional<int64_t>& value) {
  option(name, &value);
}
void Visitor::operator()(std::string_view name, std::optional<double>& value) {
  option(name, &value);
}

void Visitor::list_of(std::string_view name, void* first, size_t count,
                      Module* (*at)(void*, size_t)) {
  std::vector<Module*> modules;
  for (size_t i = 0; i < count; ++i) {
    Module* module = at(first, i);
    if (!module && !skips_empty_) fail_moved_out();
    if (module) modules.push_back(module);
  }
  list(name, modules);
}

void Visitor::any(std::string_view name, AnyModule& module) {
  if (module.has_value() || !skips_empty_) child(name, *module);
}
void Visitor::layers(std::string_view, std::vector<NamedModule>& modules) {
  for (NamedModule& m : modules)
    if (m.module.has_value() || !skips_empty_) child(m.name, *m.module);
}

std::string_view Visitor::next_name(std::string_view& names) {
  const size_t comma = names.find(',');
  std::string_view name = names.substr(0, comma);
  names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with('_') || name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

}  // namespace wick::nn
