#include "wick/nn/any_module.h"

#include "nn/nesting.h"
#include "wick/format.h"

namespace wick::nn {
namespace {

thread_local int64_t copies = 0;

// Destroying a module destroys those inside. Beyond this depth they wait for the outermost one, so
// that the stack lasts however deep they are nested.
constexpr int64_t most_nested_deletions = 500;
thread_local int64_t deletions = 0;
thread_local std::vector<std::unique_ptr<ModuleBase>>* waiting = nullptr;

void destroy(std::unique_ptr<ModuleBase> module) noexcept {
  if (waiting && deletions >= most_nested_deletions) try {
      waiting->push_back(std::move(module));
      return;
    } catch (const std::bad_alloc&) {  // then it goes now
    }
  std::vector<std::unique_ptr<ModuleBase>> later;
  const bool outermost = waiting == nullptr;
  if (outermost) waiting = &later;
  ++deletions;
  module.reset();
  while (outermost && !later.empty()) {
    const std::unique_ptr<ModuleBase> next = std::move(later.back());
    later.pop_back();
  }
  --deletions;
  if (outermost) waiting = nullptr;
}

}  // namespace

AnyModule::AnyModule(std::unique_ptr<ModuleBase> module) : module_(std::move(module)) {
  if (!module_) throw ValueError("AnyModule expects a module, got a null pointer");
}

AnyModule::AnyModule(const AnyModule& other) {
  if (other.module_) *this = AnyModule(*other);
}

AnyModule::AnyModule(const ModuleBase& original) {
  const NestingScope scope(copies);
  std::unique_ptr<ModuleBase> clone = original.clone();
  const ModuleBase& copy = *clone;
  if (typeid(copy) != typeid(original))
    throw Error(
        fmt::format("a module derived from {0} cannot be copied: the copy would be a plain {0}; "
                    "give the class a WICK_MODULE, or a clone(), of its own",
                    original.type_name()));
  module_ = std::move(clone);
}

AnyModule::~AnyModule() {
  if (module_) destroy(std::move(module_));
}

bool AnyModule::assign(const ModuleBase& other) {
  const NestingScope scope(copies);
  // What stands inside of this one goes with it, and is copied first.
  return module_ && !is_inside(other, *module_) && module_->assign(other);
}

AnyModule& AnyModule::operator=(const AnyModule& other) {
  if (this == &other || (other.module_ && assign(*other.module_))) return *this;
  return *this = AnyModule(other);
}

AnyModule& AnyModule::operator=(AnyModule&& other) noexcept {
  if (this == &other) return *this;
  std::unique_ptr<ModuleBase> before = std::exchange(module_, std::move(other.module_));
  if (before) destroy(std::move(before));
  return *this;
}

ModuleBase* AnyModule::checked() const {
  if (!module_) fail_moved_out();
  return module_.get();
}

void AnyLayer::check() const {
  if (has_value() && !get()->as_layer())
    throw TypeError(fmt::format("a layer with one tensor in and one out is expected, got a {}",
                                get()->type_name()));
}

}  // namespace wick::nn
