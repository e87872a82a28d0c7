/// \file
/// ModuleOf: modules of any signature.
#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "wick/fields.h"
#include "wick/nn/module.h"

namespace wick::nn {

template <class Signature>
class ModuleOf;

namespace detail {

/// What forward may take: a tensor or a plain struct, by value or as `const T&`.
template <class In>
concept CallArgument = std::is_class_v<std::remove_cvref_t<In>> &&
    std::default_initializable<std::remove_cvref_t<In>> &&
    (!std::is_reference_v<In> || std::is_const_v<std::remove_reference_t<In>>);

template <class In>
inline constexpr bool is_tensor = std::is_base_of_v<Tensor, std::remove_cvref_t<In>>;

/// How many tensors a call has to be given: those that are no fields of a struct.
template <class... In>
inline constexpr size_t fewest_inputs = (size_t{0} + ... + (is_tensor<In> ? 1 : 0));

/// Whether arguments from position `first` on may be left out: structs, which have defaults.
template <size_t first, class... In>
constexpr bool may_be_left_out() {
  size_t position = 0;
  return ((position++ < first || !is_tensor<In>)&&...);
}

/// A call of a ModuleOf<R(In...)>, with handles on its tensors.
template <class R, class... In>
class CallOf final : public Call {
 public:
  explicit CallOf(const ModuleOf<R(In...)>& module) : module_(module) {}
  CallOf(const ModuleOf<R(In...)>& module,
         const std::remove_cvref_t<In>&... in) requires(sizeof...(In) > 0)
      : module_(module), in_(in...) {}
  void run() override {
    out = std::apply([this](const auto&... in) { return module_.forward(in...); }, in_);
  }
  void list_inputs(std::vector<Tensor*>& tensors) override {
    const auto add = [&tensors](Tensor& t) { tensors.push_back(&t); };
    std::apply([&add](auto&... in) { (wick::detail::for_each_tensor(in, add), ...); }, in_);
  }
  void list_outputs(std::vector<Tensor*>& tensors) override {
    const auto add = [&tensors](Tensor& t) { tensors.push_back(&t); };
    wick::detail::for_each_tensor(out, add);
  }

  R out{};

 private:
  const ModuleOf<R(In...)>& module_;
  std::tuple<std::remove_cvref_t<In>...> in_;
};

}  // namespace detail

/// Base of modules of any other signature than one tensor in and one out. forward takes tensors
/// (an undefined one is not given), plain structs of them, and at the end what may be left out: a
/// struct of options, whose fields are arguments by name in a call. It gives a tensor or a plain
/// struct of them. Structs have at most 12 fields. Otherwise as Module: ModuleBase says what
/// modules can do; AnyModule, ModuleList and ModuleDict hold them, Sequential does not.
///
///     struct FiLM : nn::ModuleOf<Tensor(const Tensor& x, const Tensor& condition)> {
///       nn::Linear gamma{8, 4}, beta{8, 4};
///       Tensor forward(const Tensor& x, const Tensor& condition) const override {
///         return gamma(condition) * x + beta(condition);
///       }
///       static constexpr std::array inputs{"x", "condition"};  // may be left out
///       WICK_MODULE(FiLM, gamma, beta)
///     };
template <class R, class... In>
class WICK_API ModuleOf<R(In...)> : public ModuleBase {
  static_assert(!std::is_same_v<R(In...), Tensor(const Tensor&)>,
                "a module with one tensor in and one out derives from nn::Module");
  static_assert((detail::CallArgument<In> && ...),
                "forward takes tensors and plain structs with defaults, by value or as const T&");

 public:
  /// What the module computes. Call the module itself, so that hooks run and errors name the place.
  virtual R forward(In... in) const = 0;
  /// Runs pre-hooks, forward and hooks; see ModuleBase for errors.
  R operator()(In... in) const {
    detail::CallOf<R, In...> call(*this, in...);
    this->run(call);
    return std::move(call.out);
  }
  /// Without the structs at the end: with their defaults.
  template <class... T>
  requires(sizeof...(T) < sizeof...(In) && detail::may_be_left_out<sizeof...(T), In...>()) R
  operator()(const T&... in) const {
    using Next = std::tuple_element_t<sizeof...(T), std::tuple<In...>>;
    return (*this)(in..., std::remove_cvref_t<Next>{});
  }
  std::vector<Tensor> call(const std::vector<Tensor>& inputs) const override {
    detail::CallOf<R, In...> call(*this);
    std::vector<Tensor*> tensors;
    call.list_inputs(tensors);
    this->check_count(inputs.size(), detail::fewest_inputs<In...>, tensors.size());
    for (size_t i = 0; i < inputs.size(); ++i) *tensors[i] = inputs[i];
    this->run(call);
    tensors.clear();
    call.list_outputs(tensors);
    std::vector<Tensor> outputs;
    for (const Tensor* t : tensors) outputs.push_back(*t);
    return outputs;
  }
};

extern template class WICK_API ModuleOf<Tensor(const Tensor&, const Tensor&)>;
extern template class WICK_API ModuleOf<Tensor(const Tensor&, const Tensor&, const Tensor&)>;

}  // namespace wick::nn
