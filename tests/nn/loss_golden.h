/// \file
/// golden/losses.json, read: inputs as PyTorch drew them, and the losses by name.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "wick/nn/functional_loss.h"
#include "wick/nn/loss.h"
#include "wick/ops.h"

namespace loss_golden {

using nlohmann::json;
using wick::DType;
using wick::Tensor;

/// The whole file, parsed once.
const json& file();

/// What a loss was given: tensors, and options as JSON, tensors among them of `dtype`.
struct Call {
  std::vector<Tensor> inputs;
  json options;
  DType dtype = DType::float32;
};

/// "nan" and "-0" are strings, other numbers are numbers.
inline double number(const json& value) {
  return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}
/// The numbers of lists of any depth, in order.
std::vector<double> numbers(const json& values);
/// A tensor of such a list.
Tensor tensor_of(const json& values, DType dtype);

/// The call of an entry of "cases"; `drawn` says which inputs PyTorch took gradients of.
Call random_call(const json& entry, std::vector<size_t>* drawn = nullptr);
/// The call of an entry of "edges".
Call edge_call(const json& entry);

/// An Options struct with what `options` says.
template <class Options>
Options read_options(const json& options, DType dtype) {
  struct Reader : wick::nn::Visitor {
    explicit Reader(const json& o) : from(o) {}
    void option(std::string_view name, Option value) override {
      const auto found = from.find(std::string(name));
      if (found == from.end()) return;
      std::visit(
          [&](auto* target) {
            using T = std::remove_pointer_t<decltype(target)>;
            if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>)
              *target = found->get<T>();
          },
          value);
    }
    const json& from;
  } reader(options);
  Options result;
  result.visit(reader);
  if constexpr (requires { result.weight; })
    if (options.contains("weight")) result.weight = tensor_of(options["weight"], dtype);
  if constexpr (requires { result.pos_weight; })
    if (options.contains("pos_weight")) result.pos_weight = tensor_of(options["pos_weight"], dtype);
  return result;
}

using Function = std::function<Tensor(const Call&)>;
/// The functional forms, by PyTorch's names, and the modules, by the name of their function.
const std::map<std::string, Function>& functions();
const std::map<std::string, Function>& modules();

}  // namespace loss_golden
