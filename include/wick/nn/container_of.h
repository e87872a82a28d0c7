/// \file
/// ContainerOf: what Sequential, ModuleList, ModuleDict and Repeat have in common.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wick/nn/any_module.h"

namespace wick::nn {

/// A module and what it is called. `{"fc1", Linear(3, 4)}`, or a module alone, whose name is then
/// its index.
struct NamedModule {
  std::string name;
  AnyModule module;
};

/// A NamedModule with one tensor in and one out, for Sequential.
struct NamedLayer {
  std::string name;
  AnyLayer module;
};

/// What the containers share: modules in order, under unique names. One that was moved from throws
/// where it is called, looked into or saved, until something is put into it. Base is what each of
/// the modules is, and the container itself: ModuleBase, or Module where they run in order.
template <class Base>
class WICK_API ContainerOf : public Base {
 public:
  ContainerOf(const ContainerOf&) = default;
  ContainerOf(ContainerOf&& other) noexcept;
  /// Assigns to the modules that have the same name and type, and copies the others.
  ContainerOf& operator=(const ContainerOf& other);
  ContainerOf& operator=(ContainerOf&& other) noexcept;
  ~ContainerOf() override;

  size_t size() const { return items().size(); }  ///< how many modules
  bool empty() const { return items().empty(); }
  /// By position, counted from the end when negative; throws IndexError.
  template <std::integral Int>
  Base& operator[](Int index) {
    return *base(item(position(index)));
  }
  template <std::integral Int>
  const Base& operator[](Int index) const {
    return *base(item(position(index)));
  }
  /// By name; throws IndexError with the nearest names.
  Base& operator[](std::string_view name) { return *base(item(name)); }
  const Base& operator[](std::string_view name) const { return *base(item(name)); }
  Base& operator[](const char* name) { return (*this)[std::string_view(name)]; }
  const Base& operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  bool contains(std::string_view name) const;  ///< whether there is a module of that name
  /// Iterates over the NamedModules.
  auto begin() { return items().begin(); }
  auto end() { return items().end(); }
  auto begin() const { return items().begin(); }
  auto end() const { return items().end(); }
  void clear();  ///< takes all modules out

  /// Shows the modules to a Visitor, as WICK_MODULE does for fields.
  void visit(Visitor& visitor) override;
  bool assign(const ModuleBase& other) override;

 protected:
  ContainerOf();
  /// size(), and 0 if the modules were moved out.
  size_t count() const { return items_.size(); }
  /// Throws Error if the modules were moved out.
  std::vector<NamedModule>& items();
  const std::vector<NamedModule>& items() const;
  /// Throws Error if the modules were moved out, in the words of one who calls the container.
  std::span<const NamedModule> items_to_run() const;
  /// Throws ValueError for a name that is empty, has a dot, or is taken.
  void add(std::string name, AnyModule module);
  /// Adds under the next number, which is free where all names are numbers.
  void add_last(AnyModule module);
  void add_at(int64_t index, AnyModule module);
  /// Takes a module out; those after it move up, and so do names that are numbers.
  void remove(int64_t index);
  /// Takes a module out; the other names stay.
  void remove(std::string_view name);
  void set(std::string name, AnyModule module);
  NamedModule& item(int64_t index);
  const NamedModule& item(int64_t index) const;
  const NamedModule& item(std::string_view name) const;
  NamedModule& item(std::string_view name);

 private:
  /// An unsigned number beyond int64 is out of range, and not a position from the end.
  template <std::integral Int>
  static constexpr int64_t position(Int index) {
    if constexpr (std::unsigned_integral<Int> && sizeof(Int) >= sizeof(int64_t))
      if (index > static_cast<Int>(INT64_MAX)) return INT64_MAX;
    return static_cast<int64_t>(index);
  }
  /// The module as a Base; throws TypeError if it is none.
  static Base* base(NamedModule& item);
  static const Base* base(const NamedModule& item);
  /// Names that are numbers follow the positions, as in PyTorch.
  void renumber();

  std::vector<NamedModule> items_;
  bool moved_ = false;  // the modules were moved out, and none was put in since
};
extern template class WICK_API ContainerOf<ModuleBase>;
extern template class WICK_API ContainerOf<Module>;

/// The base of ModuleList and ModuleDict, and that of Sequential and Repeat.
using ModuleContainer = ContainerOf<ModuleBase>;
using LayerContainer = ContainerOf<Module>;

}  // namespace wick::nn
