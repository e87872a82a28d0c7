// What is computed from a tensor's elements and kept with it.
#pragma once

#include <cstdint>
#include <memory>

namespace wick {

/// Something an op derived from a tensor's elements and wants to find again (packed weights); valid
/// while both counters are the storage's.
struct Derived {
  uint64_t version = 0;
  uint64_t exposures = 0;
  const void* kind = nullptr;  ///< what the value is: an address that stands for its type
  std::shared_ptr<const void> value;
  std::shared_ptr<const Derived> next = nullptr;  ///< of another kind, of the same elements
};

/// Where a tensor keeps those, one of each kind, for threads that read and replace them at once.
class DerivedSlot {
 public:
  /// That of this kind, valid or not; null if there is none.
  std::shared_ptr<const Derived> load(const void* kind) const;
  /// Puts it in the place of what there is of its kind, and of all that belongs to other elements.
  void store(Derived derived);
  void clear();

 private:
  std::shared_ptr<const Derived> first_;
};

}  // namespace wick
