/// \file
/// Hooks: functions that look at the calls of a module, at its gradients, and at its state.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "wick/callback.h"
#include "wick/tensor.h"

namespace wick {
class StateDict;
}

namespace wick::nn {

using wick::Callback;
using wick::HookHandle;

class Module;
class ModuleBase;
struct LoadReport;

/// The tensors of a call: those of forward's arguments, or of its result, in order; a struct's are
/// its fields. One that was not given is undefined.
class WICK_API TensorRefs {
 public:
  TensorRefs() = default;
  explicit TensorRefs(std::span<Tensor* const> tensors) : tensors_(tensors) {}
  size_t size() const { return tensors_.size(); }
  bool empty() const { return tensors_.empty(); }
  /// Throws IndexError.
  Tensor& operator[](size_t index) const;

  class Iterator {
   public:
    explicit Iterator(Tensor* const* at) : at_(at) {}
    Tensor& operator*() const { return **at_; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    Tensor* const* at_;
  };
  Iterator begin() const { return Iterator(tensors_.data()); }
  Iterator end() const { return Iterator(tensors_.data() + tensors_.size()); }

 private:
  std::span<Tensor* const> tensors_;
};

/// How a hook is registered.
struct HookOptions {
  bool prepend = false;  ///< before the hooks that are there, not after them
};

/// Called before forward; a defined result replaces the input.
using ForwardPreHook = Callback<Tensor(const Module&, const Tensor& input)>;
/// Called after forward; a defined result replaces the output.
using ForwardHook = Callback<Tensor(const Module&, const Tensor& input, const Tensor& output)>;

/// Called before forward, whatever it takes; may assign to the inputs.
using CallPreHook = Callback<void(const ModuleBase&, TensorRefs inputs)>;
/// Called after forward; may assign to the outputs.
using CallHook = Callback<void(const ModuleBase&, TensorRefs inputs, TensorRefs outputs)>;

/// Called in backward with the gradients of a call's outputs; what it returns replaces them, one
/// for each, unless it is empty.
using BackwardPreHook =
    Callback<std::vector<Tensor>(const ModuleBase&, const std::vector<Tensor>& grad_outputs)>;
/// Called in backward with the gradients of a call's inputs, undefined where there is none, and of
/// its outputs; what it returns replaces those of the inputs, one for each, unless it is empty.
using BackwardHook =
    Callback<std::vector<Tensor>(const ModuleBase&, const std::vector<Tensor>& grad_inputs,
                                 const std::vector<Tensor>& grad_outputs)>;

/// Called before the state of a module is listed; `prefix` is "" or ends in a dot.
using StateDictPreHook = Callback<void(const ModuleBase&, std::string_view prefix)>;
/// Called with the state so far once that of the module and all below it, under `prefix`, is there;
/// may add, change and erase entries.
using StateDictHook = Callback<void(const ModuleBase&, StateDict& state, std::string_view prefix)>;
/// Called before a state is loaded into a module, whose entries begin with `prefix`; may add,
/// change and erase entries, such as those that an older version called otherwise.
using LoadPreHook = Callback<void(ModuleBase&, StateDict& state, std::string_view prefix)>;
/// Called after a state was loaded.
using LoadHook = Callback<void(ModuleBase&, const LoadReport& report)>;

}  // namespace wick::nn
