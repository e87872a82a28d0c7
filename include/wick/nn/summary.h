/// \file
/// summary: what a model is made of, as torchinfo shows it.
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "wick/nn/module_base.h"

namespace wick::nn {

/// A table of the layers of a model. Prints as a tree with totals.
struct WICK_API Summary {
  using wick_printable = void;

  struct Row {
    std::string name;             ///< dotted path; "" for the model itself
    std::string type;             ///< "Linear"; a std::vector of layers is a "ModuleList"
    int64_t depth = 0;            ///< 0 for the model itself
    std::vector<Shape> inputs;    ///< of the last call, in order, without those not given
    std::vector<Shape> outputs;   ///< the same
    std::optional<Shape> input;   ///< the first of inputs; none if the layer was not called
    std::optional<Shape> output;  ///< the first of outputs
    int64_t parameters = 0;       ///< of the layer itself, without those of layers inside
    int64_t multiply_adds = 0;    ///< in matrix products, layers inside included, over all calls
    bool has_layers = false;      ///< there are layers inside; they are the rows below
    bool used = false;            ///< the layer, or one inside of it, was called
  };

  std::vector<Row> rows;      ///< outer layers before inner ones
  int64_t parameters = 0;     ///< numbers in all parameters, shared ones once
  int64_t trainable = 0;      ///< of them, those that require gradients
  int64_t buffers = 0;        ///< numbers in all buffers
  int64_t multiply_adds = 0;  ///< in matrix products
  int64_t input_bytes = 0;
  int64_t activation_bytes = 0;  ///< outputs of the layers that have none inside
  int64_t weight_bytes = 0;      ///< parameters and buffers

  std::string to_string() const;
};

namespace detail {
WICK_API Summary summary_of(const ModuleBase& module, const std::vector<Tensor>& inputs);
}

/// Follows an input of that shape through `module` on the meta device: nothing is computed and
/// nothing allocated. Works for every module, also the user's own. Throws what the module throws
/// for an input of that shape.
///
///     fmt::print("{}\n", nn::summary(model, {32, 100, 512}));
WICK_API Summary summary(const ModuleBase& module, const Shape& input,
                         DType dtype = DType::float32);
/// The same for a module of any signature, called with meta tensors like `inputs`, in the order of
/// forward's arguments; see ModuleBase::call.
///
///     nn::summary(film, {wick::empty({8, 4}), wick::empty({8, 16})});
template <std::same_as<std::vector<Tensor>> Tensors>  // else {8, 4} might be one
Summary summary(const ModuleBase& module, const Tensors& inputs) {
  return detail::summary_of(module, inputs);
}
template <std::same_as<Tensor> T>
Summary summary(const ModuleBase& module, std::initializer_list<T> inputs) {
  return detail::summary_of(module, inputs);
}

}  // namespace wick::nn
