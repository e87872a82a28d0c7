// Parameters that are tied inside a module are tied in its copies. A struct is copied field by
// field, so each copied field has to find the copies of those that it is tied to: the copying or
// assigning of the outermost module opens a scope in which they meet, and the last field that the
// scope waits for closes it.
#pragma once

#include <span>

#include "wick/nn/module_base.h"

namespace wick::nn::ties {

/// ModuleBase's copy constructor has begun to make the module at `to` from `from`.
void copying(const ModuleBase& from, const void* to);
/// ModuleBase's copy assignment has begun to write `from` into `to`.
void assigning(const ModuleBase& from, ModuleBase& to);
/// A module is destroyed: one whose copying failed, perhaps.
void destroyed(const void* module);
/// No copy is going on: forgets what one that failed has left behind.
void forget();

/// The copy that a field tied to `from` has got in the copy that is going on; else undefined.
Tensor copy_of(const Buffer& from);
/// `from` has been copied to `copy`.
void copied(const Buffer& from, const Tensor& copy);
/// Whether `to` is tied, but not as `from` is: another field of its module, which was the same
/// tensor, has been written from another one. To be asked once, before `to` is written.
bool must_part(const Buffer& from, const Buffer& to);

/// Several modules that are copied one by one, and are tied to one another: a scope while it lives.
class Together {
 public:
  explicit Together(std::span<const ModuleBase* const> modules);
  ~Together();
  Together(const Together&) = delete;
  Together& operator=(const Together&) = delete;
};

}  // namespace wick::nn::ties
