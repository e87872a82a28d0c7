/// \file
/// Reverse-mode differentiation (https://pytorch.org/docs/stable/autograd.html): the modes in which
/// operations are recorded or not, gradients of outputs with respect to inputs, gradcheck, and
/// `record`, with which an operation (the library's own, or one defined outside of it) enters the
/// graph.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "wick/callback.h"
#include "wick/tensor.h"

namespace wick {

/// True where operations on tensors that require gradients are recorded (the default).
WICK_API bool is_grad_enabled();

/// Sets whether operations are recorded, on this thread, while it lives; as torch.set_grad_enabled.
class WICK_API GradModeGuard {
 public:
  explicit GradModeGuard(bool enabled);
  ~GradModeGuard();
  GradModeGuard(const GradModeGuard&) = delete;
  GradModeGuard& operator=(const GradModeGuard&) = delete;

 private:
  bool before_;
};

/// Nothing is recorded while it lives, on this thread; as torch.no_grad().
class WICK_API NoGradGuard : GradModeGuard {
 public:
  NoGradGuard() : GradModeGuard(false) {}
};

/// Operations are recorded again, inside of a NoGradGuard; as torch.enable_grad().
class WICK_API EnableGradGuard : GradModeGuard {
 public:
  EnableGradGuard() : GradModeGuard(true) {}
};

/// Nothing is recorded while it lives, and tensors made meanwhile can never be part of a graph; as
/// torch.inference_mode().
class WICK_API InferenceModeGuard {
 public:
  InferenceModeGuard();
  ~InferenceModeGuard();
  InferenceModeGuard(const InferenceModeGuard&) = delete;
  InferenceModeGuard& operator=(const InferenceModeGuard&) = delete;

 private:
  NoGradGuard no_grad_;
  bool before_;
};

/// True under an InferenceModeGuard.
WICK_API bool is_inference_mode_enabled();

namespace autograd {

// == Gradients =================================================================================

/// What `grad` takes besides outputs and inputs.
struct GradOptions {
  std::vector<Tensor> grad_outputs = {};  ///< one for each output, or none: 1 for scalars
  std::optional<bool> retain_graph = {};  ///< keep the graph for another pass; as create_graph
  bool create_graph = false;              ///< the gradients can be differentiated again
  bool allow_unused = false;              ///< an undefined tensor, not an Error, for unused inputs
};

/// The gradients of sum(outputs * grad_outputs) with respect to each input; nothing is added to any
/// grad() (https://pytorch.org/docs/stable/generated/torch.autograd.grad.html).
///
///     Tensor dy = autograd::grad({y}, {x}, {.create_graph = true})[0];
WICK_API std::vector<Tensor> grad(const std::vector<Tensor>& outputs,
                                  const std::vector<Tensor>& inputs,
                                  const GradOptions& options = {});

/// What `backward` takes besides the tensors.
struct BackwardManyOptions {
  std::vector<Tensor> grad_tensors = {};  ///< one for each tensor, or none: 1 for scalars
  std::optional<bool> retain_graph = {};  ///< keep the graph for another pass; as create_graph
  bool create_graph = false;              ///< the gradients can be differentiated again
  std::vector<Tensor> inputs = {};        ///< if not empty, only these get their grad()
};

/// Tensor::backward of several tensors at once. Several threads may go backward at a time, also
/// through graphs that share nodes and leaves: gradients of a shared leaf add up, and where nodes
/// that keep tensors are shared, all passes but one get the Error of a graph that was freed, unless
/// they retain it.
WICK_API void backward(const std::vector<Tensor>& tensors, const BackwardManyOptions& options = {});

/// How gradcheck compares.
struct GradcheckOptions {
  double eps = 1e-6;            ///< step of the central differences
  double atol = 1e-5;           ///< allowed absolute difference
  double rtol = 1e-3;           ///< allowed relative difference
  bool raise_exception = true;  ///< else gradcheck returns false
};

using Function = Callback<Tensor(const std::vector<Tensor>& inputs)>;

/// Compares the gradients of `f` with respect to every input that requires one with central
/// differences, element by element (https://pytorch.org/docs/stable/generated/
/// torch.autograd.gradcheck.html). Inputs should be float64. True if they agree; throws Error with
/// both Jacobians if they do not, and ValueError if no input requires a gradient.
///
///     autograd::gradcheck([](const auto& in) { return sin(in[0]); }, {x});
WICK_API bool gradcheck(const Function& f, const std::vector<Tensor>& inputs,
                        const GradcheckOptions& options = {});
/// The same for the gradients of f's gradients.
WICK_API bool gradgradcheck(const Function& f, const std::vector<Tensor>& inputs,
                            const GradcheckOptions& options = {});

/// Turns anomaly detection on or off, for all threads: backward() then throws where a derivative
/// gives nan, or where the loss itself is nan, and says which operation made it, in which module.
/// Slow: for finding mistakes (https://pytorch.org/docs/stable/autograd.html#anomaly-detection).
WICK_API void set_detect_anomaly(bool on);
WICK_API bool is_anomaly_enabled();

/// The tensors at the ends of the graph behind `output` that require gradients (each once).
WICK_API std::vector<Tensor> leaves(const Tensor& output);

// == Recording: how an operation enters the graph =================================================

/// A tensor that a derivative needs, kept until the graph is freed. What a lambda given to `wrt`
/// or `jointly` captures; `get` throws Error if the tensor was written to in the meantime.
/// Recording copies the lambda, and only then is there something to pay: the copy keeps the
/// elements and the history that the tensor has now, so that no graph can hold itself. Copying
/// throws Error for a tensor made in inference mode.
class WICK_API Saved {
 public:
  Saved(const Tensor& x);
  Saved(const Saved& other);
  Saved(Saved&&) noexcept = default;
  Saved& operator=(const Saved&) = delete;
  Saved& operator=(Saved&&) = delete;
  ~Saved() = default;

  const Tensor& get() const;
  operator const Tensor&() const { return get(); }

 private:
  Tensor tensor_;
  const void* storage_ = nullptr;
  uint64_t version_ = 0;
  bool kept_ = false;
};

/// One argument of an operation and its derivative; made by `wrt`.
template <class F>
struct Wrt {
  const Tensor& input;
  F derivative;
};

/// The gradient that an argument has got in this pass from what else was computed of it. Of use to
/// derivatives that can add their part for less than it takes to make a gradient of their own, as
/// those of slices, which are zero nearly everywhere.
class SumSoFar {
 public:
  /// Of a tensor that may be written to, or of none.
  explicit SumSoFar(const Tensor& sum) : sum_(sum) {}
  /// A derivative that adds to it, in place, returns an undefined tensor. It has the argument's
  /// shape, and dtype and device of the result's gradient. Undefined where there is nothing yet, or
  /// nothing that may be written to: the derivative then returns a gradient as usual.
  const Tensor& get() const { return sum_; }

 private:
  const Tensor& sum_;
};

/// "With respect to": the derivative of an operation's result with respect to its argument `input`,
/// a function from the gradient of the result to that of the input. It may return a gradient of any
/// shape that `input` broadcasts to, and of any dtype: it is summed and converted. A derivative of
/// two arguments gets the result as well, or a `const SumSoFar&`. Called only if `input` requires a
/// gradient; an undefined result means zero.
template <class F>
Wrt<F> wrt(const Tensor& input, F derivative) {
  return {input, std::move(derivative)};
}

/// All arguments of an operation and one derivative of them; made by `jointly`.
template <class F>
struct Jointly {
  std::vector<Tensor> inputs;
  F derivative;
};

/// One derivative for all arguments, where they share work, or where there are several results:
///
///     std::vector<Tensor> derivative(const std::vector<Tensor>& grads,
///                                    const std::vector<bool>& wanted);
///
/// grads[i] is the gradient of result i, undefined where none arrived (one at least did), and
/// wanted[j] says whether that of inputs[j] is needed. It returns one gradient for each input, in
/// their order; those not wanted are ignored, undefined ones mean zero, and shapes and dtypes are
/// brought to the input's as with `wrt`. An operation with one result may take its gradient as a
/// `const Tensor&` instead. With a third argument it gets the results (or the result) as well.
/// Inputs may be undefined, or the same tensor twice.
template <class F>
Jointly<F> jointly(std::vector<Tensor> inputs, F derivative) {
  return {std::move(inputs), std::move(derivative)};
}

namespace detail {

/// A derivative with its type erased.
struct Derivative {
  Derivative() = default;
  template <class F>
  explicit Derivative(F f) {
    if constexpr (std::is_invocable_r_v<Tensor, F&, const Tensor&>) {
      call = [f = std::move(f)](const Tensor& grad, const Tensor&, const SumSoFar&) mutable {
        return f(grad);
      };
    } else if constexpr (std::is_invocable_r_v<Tensor, F&, const Tensor&, const Tensor&>) {
      takes_result = holds = true;
      call = [f = std::move(f)](const Tensor& grad, const Tensor& result,
                                const SumSoFar&) mutable -> Tensor { return f(grad, result); };
    } else {
      static_assert(std::is_invocable_r_v<Tensor, F&, const Tensor&, const SumSoFar&>,
                    "a derivative takes the result's gradient, and the result or a SumSoFar, and "
                    "returns a Tensor");
      call = [f = std::move(f)](const Tensor& grad, const Tensor&,
                                const SumSoFar& sum) mutable -> Tensor { return f(grad, sum); };
    }
  }
  Callback<Tensor(const Tensor& grad, const Tensor& result, const SumSoFar& sum)> call;
  bool takes_result = false;
  bool holds = false;  ///< keeps tensors; what keeps none stays when the graph is freed
};

using Tensors = std::vector<Tensor>;
using Mask = std::vector<bool>;

/// A joint derivative with its type erased.
struct JointDerivative {
  JointDerivative() = default;
  template <class F>
  explicit JointDerivative(F f) {
    if constexpr (std::is_invocable_r_v<Tensors, F&, const Tensors&, const Mask&>) {
      call = [f = std::move(f)](const Tensors& grads, const Mask& wanted,
                                const Tensors&) mutable -> Tensors { return f(grads, wanted); };
    } else if constexpr (std::is_invocable_r_v<Tensors, F&, const Tensor&, const Mask&>) {
      for_one_result = true;
      call = [f = std::move(f)](const Tensors& grads, const Mask& wanted,
                                const Tensors&) mutable -> Tensors { return f(grads[0], wanted); };
    } else if constexpr (std::is_invocable_r_v<Tensors, F&, const Tensors&, const Mask&,
                                               const Tensors&>) {
      takes_results = holds = true;
      call = std::move(f);
    } else {
      static_assert(std::is_invocable_r_v<Tensors, F&, const Tensor&, const Mask&, const Tensor&>,
                    "a joint derivative takes the results' gradients, what is wanted, and the "
                    "results if it needs them, and returns a std::vector<Tensor>");
      for_one_result = takes_results = holds = true;
      call = [f = std::move(f)](const Tensors& grads, const Mask& wanted,
                                const Tensors& results) mutable -> Tensors {
        return f(grads[0], wanted, results[0]);
      };
    }
  }
  Callback<Tensors(const Tensors& grads, const Mask& wanted, const Tensors& results)> call;
  bool for_one_result = false;
  bool takes_results = false;
  bool holds = false;  ///< as Derivative's
};

/// How many tensors have been kept on this thread.
WICK_API uint64_t& kept_tensors();

/// True if gradients are enabled and x requires one.
WICK_API bool is_recorded(const Tensor& x);

/// Collects the arguments of one recorded operation. For `record`.
class WICK_API Recorder {
 public:
  explicit Recorder(std::string_view name);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void add(const Tensor& input, Derivative derivative);
  void skip(const Tensor& input);  // an argument that needs no gradient
  void add_all(const Tensors& inputs, JointDerivative derivative);
  Tensor finish(Tensor output);
  Tensors finish(Tensors outputs);
  void finish_in_place(const Tensor& x, bool first_is_x);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class F>
void add(Recorder& recorder, const Wrt<F>& argument) {
  if (!is_recorded(argument.input)) return recorder.skip(argument.input);
  const uint64_t kept = kept_tensors();
  Derivative derivative(argument.derivative);
  derivative.holds = derivative.holds || kept_tensors() != kept;
  recorder.add(argument.input, std::move(derivative));
}

/// True if one of them is recorded.
WICK_API bool is_any_recorded(const Tensors& inputs);

template <class F>
void add_all(Recorder& recorder, const Jointly<F>& joint) {
  const uint64_t kept = kept_tensors();
  JointDerivative derivative(std::as_const(joint.derivative));
  derivative.holds = derivative.holds || kept_tensors() != kept;
  recorder.add_all(joint.inputs, std::move(derivative));
}

}  // namespace detail

/// Notes that `output` was computed from the given arguments by the op `name` ("SinBackward0"), if
/// gradients are enabled and an argument requires one; returns output. The last line of every
/// differentiable op:
///
///     return record("SinBackward0", y, wrt(x, [x = Saved(x)](const Tensor& g) {
///                     return g * cos(x);
///                   }));
template <class... F>
Tensor record(std::string_view name, Tensor output, const Wrt<F>&... arguments) {
  if (!(detail::is_recorded(arguments.input) || ...)) return output;
  detail::Recorder recorder(name);
  (detail::add(recorder, arguments), ...);
  return recorder.finish(std::move(output));
}

/// The same for any number of arguments: `derivative(g, i)` is the gradient of inputs[i].
template <class F>
Tensor record(std::string_view name, Tensor output, const std::vector<Tensor>& inputs,
              F derivative) {
  if (!detail::is_any_recorded(inputs)) return output;
  detail::Recorder recorder(name);
  // One for all of them: what it holds for each input would else be there as often as there are
  // inputs.
  const uint64_t kept = detail::kept_tensors();
  const auto shared = std::make_shared<const F>(std::as_const(derivative));
  const bool holds = detail::kept_tensors() != kept;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!detail::is_recorded(inputs[i])) {
      recorder.skip(inputs[i]);
      continue;
    }
    detail::Derivative one([shared, i](const Tensor& g) { return (*shared)(g, i); });
    one.holds = holds;
    recorder.add(inputs[i], std::move(one));
  }
  return recorder.finish(std::move(output));
}

/// The same with one derivative of all arguments:
///
///     return record("LerpBackward0", y, jointly({a, b}, [w](const Tensor& g, const auto& wanted) {
///                     const Tensor gb = g * w;
///                     return std::vector<Tensor>{wanted[0] ? g - gb : Tensor(), gb};
///                   }));
template <class F>
Tensor record(std::string_view name, Tensor output, const Jointly<F>& joint) {
  if (!detail::is_any_recorded(joint.inputs)) return output;
  detail::Recorder recorder(name);
  detail::add_all(recorder, joint);
  return recorder.finish(std::move(output));
}

/// The same for an operation with several results, which may be views of an argument. Those that
/// are not of a floating dtype have no history, and never a gradient; with none that is, nothing is
/// recorded.
///
///     return record("FrexpBackward0", {mantissa, exponent}, jointly({x}, derivative));
template <class F>
std::vector<Tensor> record(std::string_view name, std::vector<Tensor> outputs,
                           const Jointly<F>& joint) {
  if (!detail::is_any_recorded(joint.inputs)) return outputs;
  detail::Recorder recorder(name);
  detail::add_all(recorder, joint);
  return recorder.finish(std::move(outputs));
}

/// The same after the operation has written its result into x, its first argument: `wrt(x, ...)`
/// stands for the value that x had before. Views of x and what x is a view of follow.
template <class F0, class... F>
const Tensor& record_in_place(std::string_view name, const Tensor& x, const Wrt<F0>& first,
                              const Wrt<F>&... others) {
  const bool first_needed = detail::is_recorded(first.input);
  if (!first_needed && !(detail::is_recorded(others.input) || ...)) return x;
  detail::Recorder recorder(name);
  detail::add(recorder, first);
  (detail::add(recorder, others), ...);
  recorder.finish_in_place(x, first_needed);
  return x;
}

/// For operations without a derivative: backward() through them throws Error.
WICK_API Tensor record(std::string_view name, Tensor output, std::initializer_list<Tensor> inputs);

namespace detail {
/// Says where, in the tree of modules, the running operation is; for anomaly detection.
WICK_API void set_place_provider(std::string (*provider)());
}  // namespace detail

}  // namespace autograd
}  // namespace wick
