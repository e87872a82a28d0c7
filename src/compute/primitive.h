// The seam between operations and kernels. An operation checks its arguments, makes its result and
// calls one primitive, a function of tensors with parameters of its own; here, and only here, it is
// decided what the call does: on the cpu the primitive computes, on meta nothing happens, and where
// a TraceGuard is in force a call whose result is on meta is noted.
#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tensor_impl.h"

namespace wick::compute {

/// How many of P's tensors, the first ones, it writes: one, unless P says otherwise.
template <class P>
inline constexpr size_t outputs_of = 1;
template <class P>
requires requires { P::outputs; }
inline constexpr size_t outputs_of<P> = P::outputs;

/// A primitive with its parameters, whatever its type: what a note keeps.
class AnyPrimitive {
 public:
  template <class P>
  explicit AnyPrimitive(P primitive)
      : name_(P::name),
        kind_(&kind<P>),
        primitive_(std::make_shared<const P>(std::move(primitive))),
        call_(&call<P>) {}

  std::string_view name() const { return name_; }

  /// The parameters, if it is a P; otherwise null.
  template <class P>
  const P* get() const {
    return kind_ == &kind<P> ? static_cast<const P*>(primitive_.get()) : nullptr;
  }

  /// Computes, on the cpu: the outputs first, then the inputs, as in the call that was noted. What
  /// an operation asks of elements, and could not ask on meta, is asked by P::check before.
  void operator()(std::span<const Tensor> tensors) const { call_(primitive_.get(), tensors); }

 private:
  template <class P>
  static constexpr char kind = 0;

  template <class P, size_t... I>
  static void spread(const P& p, std::span<const Tensor> tensors, std::index_sequence<I...>) {
    if constexpr (requires { p(tensors[I]..., tensors); })
      p(tensors[I]..., tensors.subspan(sizeof...(I)));  // the rest, as many as there are
    else if constexpr (requires { p(tensors[I]...); })
      p(tensors[I]...);
    else
      spread(p, tensors, std::make_index_sequence<sizeof...(I) + 1>());
  }
  template <class P>
  static void call(const void* p, std::span<const Tensor> tensors) {
    const P& primitive = *static_cast<const P*>(p);
    if constexpr (requires { primitive.check(tensors); }) primitive.check(tensors);
    spread(primitive, tensors, std::index_sequence<>());
  }

  std::string_view name_;
  const void* kind_;
  std::shared_ptr<const void> primitive_;
  void (*call_)(const void*, std::span<const Tensor>);
};

/// A call that was noted. Tensors on meta stand for what will be computed, by their storage, shape,
/// strides and offset, so that views and writes in place need no notes of their own; those on the
/// cpu are constants and weights; an undefined input was not given, an undefined output not wanted.
/// They are aliases of what the call was given: what becomes of those handles changes no note.
struct Note {
  AnyPrimitive primitive;
  std::vector<Tensor> outputs, inputs;
  std::vector<uint64_t> versions;  ///< of the inputs' storages
};

namespace detail {

/// Where this thread's notes go; null where nothing is traced.
inline thread_local std::vector<Note>* notes = nullptr;

inline void append(std::vector<Tensor>& list, const Tensor& x) {
  list.push_back(x.defined() ? core::alias(x, x.shape(), x.strides(), x.impl().offset) : x);
}
inline void append(std::vector<Tensor>& list, std::span<const Tensor> xs) {
  for (const Tensor& x : xs) append(list, x);
}

/// Appends to `notes` a call with these tensors, the first `outputs` of which it writes.
void add_note(AnyPrimitive primitive, std::vector<Tensor> tensors, size_t outputs);
/// Throws Error for a tensor on the cpu that was written to after a note read it.
void check_constants(std::span<const Note> notes);

/// Apart, so that calls that compute stay small.
template <class P, class... T>
[[gnu::noinline, gnu::cold]] void note(const P& primitive, const T&... tensors) {
  std::vector<Tensor> list;
  (append(list, tensors), ...);
  add_note(AnyPrimitive(primitive), std::move(list), outputs_of<P>);
}

}  // namespace detail

/// Calls `primitive` with its outputs and inputs, each a Tensor or, last, a span of them. Nothing
/// is called for an output without elements. Primitives record no derivatives, whatever they call.
template <class P, class... Rest>
inline void run(const P& primitive, const Tensor& output, const Rest&... rest) {
  const TensorImpl& impl = output.impl();
  if (impl.numel == 0) return;
  if (impl.storage->device() != Device::meta) [[likely]]
    return primitive(output, rest...);
  if (detail::notes) detail::note(primitive, output, rest...);
}

/// While it lives, this thread's calls on meta are noted. Guards nest: the innermost gets the
/// notes.
class TraceGuard {
 public:
  TraceGuard() : before_(std::exchange(detail::notes, &notes_)) {}
  ~TraceGuard() { detail::notes = before_; }
  TraceGuard(const TraceGuard&) = delete;
  TraceGuard& operator=(const TraceGuard&) = delete;

  /// Throws Error where a tensor on the cpu was written to after a note read it: notes have the
  /// tensor, and not what it was.
  const std::vector<Note>& notes() const {
    detail::check_constants(notes_);
    return notes_;
  }

 private:
  std::vector<Note> notes_;
  std::vector<Note>* before_;
};

/// Whether calls on meta are noted.
inline bool is_tracing() { return detail::notes != nullptr; }

}  // namespace wick::compute
