#include "nn/nesting.h"

#include "wick/format.h"
#include "wick/nn/module_base.h"

namespace wick::nn {

bool is_inside(const ModuleBase& inner, const ModuleBase& outer) {
  struct Find : ConstVisitor {
    const ModuleBase* wanted = nullptr;
    bool found = false;
    Find() { skips_empty_ = true; }
    void child(std::string_view, const ModuleBase& module) override {
      found = found || &module == wanted;
      if (!found) module.inspect(*this);
    }
  } find;
  find.wanted = &inner;
  outer.inspect(find);
  return find.found;
}

void NestingScope::fail() {
  throw Error(fmt::format("modules are nested deeper than the limit of {}", max_module_nesting));
}

void fail_moved_out() { throw Error("AnyModule is empty: its module was moved out"); }

}  // namespace wick::nn
