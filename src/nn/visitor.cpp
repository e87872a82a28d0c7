#include "wick/nn/visitor.h"

#include "nn/nesting.h"
#include "wick/nn/container.h"

namespace wick::nn {

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
void Visitor::parameters(std::string_view, std::vector<NamedParameter>& values) {
  for (NamedParameter& p : values) parameter(p.name, p.value);
}
void Visitor::option(std::string_view, Option) {}
void Visitor::child(std::string_view, ModuleBase&) {}
void Visitor::list(std::string_view name, std::span<ModuleBase* const> modules) {
  for (size_t i = 0; i < modules.size(); ++i)
    child(std::string(name) + "." + std::to_string(i), *modules[i]);
}

void Visitor::list_of(std::string_view name, void* first, size_t count,
                      ModuleBase* (*at)(void*, size_t)) {
  std::vector<ModuleBase*> modules;
  for (size_t i = 0; i < count; ++i) {
    ModuleBase* module = at(first, i);
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

namespace {
constexpr OptionRules no_rules;
}

const OptionRules& Visitor::rules() const { return rules_ ? *rules_ : no_rules; }
const OptionRules& ConstVisitor::rules() const { return rules_ ? *rules_ : no_rules; }

ConstVisitor::~ConstVisitor() = default;
void ConstVisitor::parameter(std::string_view, const Parameter&) {}
void ConstVisitor::buffer(std::string_view, const Buffer&) {}
void ConstVisitor::option(std::string_view, Option) {}
void ConstVisitor::child(std::string_view, const ModuleBase&) {}
void ConstVisitor::list(std::string_view name, std::span<const ModuleBase* const> modules) {
  for (size_t i = 0; i < modules.size(); ++i)
    child(std::string(name) + "." + std::to_string(i), *modules[i]);
}
void ConstVisitor::any(std::string_view name, const AnyModule& module) {
  if (module.has_value() || !skips_empty_) child(name, *module);
}
void ConstVisitor::layers(std::string_view, const std::vector<NamedModule>& modules) {
  for (const NamedModule& m : modules)
    if (m.module.has_value() || !skips_empty_) child(m.name, *m.module);
}

void ModuleBase::inspect(ConstVisitor& visitor) const {
  // Shows to a ConstVisitor what it is shown itself.
  struct Forward : Visitor {
    ConstVisitor& to;
    explicit Forward(ConstVisitor& v) : to(v) { skips_empty_ = v.skips_empty_; }
    void parameter(std::string_view name, Parameter& value) override { to.parameter(name, value); }
    void buffer(std::string_view name, Buffer& value) override { to.buffer(name, value); }
    void option(std::string_view name, Option value) override {
      const detail::RulesScope scope(to.rules_, rules_);
      std::visit([&](const auto* v) { to.option(name, v); }, value);
    }
    void child(std::string_view name, ModuleBase& module) override { to.child(name, module); }
    void list(std::string_view name, std::span<ModuleBase* const> modules) override {
      const std::vector<const ModuleBase*> all(modules.begin(), modules.end());
      to.list(name, all);
    }
    void any(std::string_view name, AnyModule& module) override { to.any(name, module); }
    void layers(std::string_view name, std::vector<NamedModule>& modules) override {
      to.layers(name, modules);
    }
  } forward(visitor);
  const_cast<ModuleBase&>(*this).visit(forward);  // the one cast: it only reads
}

}  // namespace wick::nn
