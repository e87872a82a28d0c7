/// \file
/// ParameterList and ParameterDict: parameters as many as one likes, under names made at run time.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wick/nn/module_base.h"

namespace wick::nn {

/// What ParameterList and ParameterDict share: parameters in order, under unique names.
class WICK_API ParameterContainer : public ModuleBase {
 public:
  size_t size() const { return items_.size(); }  ///< how many parameters
  bool empty() const { return items_.empty(); }
  /// Iterates over the NamedParameters.
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

  /// Always throws Error: parameters are no layer.
  std::vector<Tensor> call(const std::vector<Tensor>& inputs) const override;
  /// A line for each parameter: its name, dtype and size.
  std::string extra_repr() const override;
  /// Shows the parameters to a Visitor, as WICK_MODULE does for fields.
  void visit(Visitor& visitor) override;

 protected:
  /// Throws ValueError for a name that is empty or has a dot; replaces the one of that name.
  void set(std::string name, const Tensor& value);
  Parameter& item(int64_t index);
  Parameter& item(std::string_view name);

  std::vector<NamedParameter> items_;
};

/// Parameters in a list, "0", "1", ... in the state dict
/// (https://pytorch.org/docs/stable/generated/torch.nn.ParameterList.html).
///
///     nn::ParameterList scales{wick::ones({4}), wick::ones({8})};
///     for (auto& [name, scale] : scales) x = x * scale;
class WICK_API ParameterList : public ParameterContainer {
 public:
  ParameterList() = default;
  ParameterList(std::initializer_list<Tensor> values);
  explicit ParameterList(const std::vector<Tensor>& values);

  /// By position, counted from the end when negative; throws IndexError.
  Parameter& operator[](int64_t index) { return item(index); }
  const Parameter& operator[](int64_t index) const {
    return const_cast<ParameterList*>(this)->item(index);
  }
  /// Adds a parameter that owns the elements of `value` at the end.
  ParameterList& append(const Tensor& value);
  /// Appends one for each of `values`.
  ParameterList& extend(const std::vector<Tensor>& values);

  std::string_view type_name() const override { return "ParameterList"; }
  std::unique_ptr<ModuleBase> clone() const override;
  bool assign(const ModuleBase& other) override;
};

/// Parameters by name, in the order in which they were added
/// (https://pytorch.org/docs/stable/generated/torch.nn.ParameterDict.html).
///
///     nn::ParameterDict weights{{"left", wick::ones({4})}, {"right", wick::ones({4})}};
///     y = x * weights["left"];
class WICK_API ParameterDict : public ParameterContainer {
 public:
  ParameterDict() = default;
  /// Throws ValueError for a name that is empty or has a dot.
  ParameterDict(std::initializer_list<std::pair<std::string, Tensor>> values);

  /// By name; throws IndexError with the nearest names.
  Parameter& operator[](std::string_view name) { return item(name); }
  const Parameter& operator[](std::string_view name) const {
    return const_cast<ParameterDict*>(this)->item(name);
  }
  bool contains(std::string_view name) const;  ///< whether there is a parameter of that name
  /// Adds a parameter that owns the elements of `value`, or replaces the one of that name; throws
  /// ValueError for a name that is empty or has a dot.
  ParameterDict& insert(std::string name, const Tensor& value);
  /// Takes a parameter out; throws IndexError if there is none of that name.
  ParameterDict& erase(std::string_view name);

  std::string_view type_name() const override { return "ParameterDict"; }
  std::unique_ptr<ModuleBase> clone() const override;
  bool assign(const ModuleBase& other) override;
};

}  // namespace wick::nn
