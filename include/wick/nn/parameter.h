/// \file
/// Parameter and Buffer, the tensors that modules own.
#pragma once

#include <concepts>
#include <string>

#include "wick/tensor.h"

namespace wick::nn {

/// How a Buffer is kept.
struct BufferOptions {
  bool persistent = true;  ///< part of the state dict
};

/// A tensor that a module owns but does not train, such as running statistics. Copying a Buffer
/// copies its elements, moving it keeps them; slicing it to a Tensor gives a handle on them.
class WICK_API Buffer : public Tensor {
 public:
  using wick_printable = void;

  Buffer() = default;
  /// Owns the elements of `t`, without its history.
  Buffer(const Tensor& t);
  /// The same; `Buffer(t, {.persistent = false})` is not saved.
  Buffer(const Tensor& t, BufferOptions options);
  /// A copy of the elements. Within the copy of a module, fields that are tied to one another give
  /// one copy: see Module.
  Buffer(const Buffer& other);
  Buffer(Buffer&&) noexcept = default;
  /// Copies the elements, and whether gradients are wanted, into the tensor that is here, so that
  /// handles on it (an optimizer's) stay good. The tensor is replaced by a copy where the two
  /// differ in shape, dtype or device, or where this one cannot be written to.
  Buffer& operator=(const Buffer& other);
  /// Takes over the tensor of `other`, and with it the handles on that one. So does a tensor that
  /// no module owns, `fc.weight = from_blob(..)`, as nn.Parameter(tensor) does in PyTorch: an
  /// optimizer that was made before has the old one. `fc.weight.detach().copy_(tensor)` writes into
  /// it.
  Buffer& operator=(Buffer&&) noexcept = default;
  /// Owns the elements of `t` from now on, and is as persistent as before.
  template <std::same_as<Tensor> T>
  Buffer& operator=(const T& t) {
    return *this = Buffer(t, {.persistent = persistent_});
  }
  ~Buffer() = default;

  /// Whether it is part of the state dict, and so of every file; true unless it was made otherwise.
  bool persistent() const { return persistent_; }

  /// Ties this buffer to `other`: both are the same tensor from now on, that of `other`. Throws
  /// ValueError if `other` is undefined, ShapeError if this one has another shape.
  Buffer& share(const Buffer& other);

 private:
  bool persistent_ = true;
};

/// A tensor that a module owns and trains: a Buffer that requires gradients (if its dtype can).
/// Prints as `Parameter containing:` and the tensor.
class WICK_API Parameter : public Buffer {
 public:
  Parameter() = default;
  Parameter(const Tensor& t);

  /// Ties this parameter to `other`: both are the same tensor from now on, that of `other`. Tie
  /// before the optimizer is made, which keeps handles on the tensors that it was given. A tied
  /// parameter is listed, clipped and stepped once, stands in the state dict under every name, and
  /// stays tied when the module is copied, assigned, converted or loaded into. Throws ValueError if
  /// `other` is undefined, ShapeError if this one has another shape.
  ///
  ///     head.weight.share(wte.weight);
  Parameter& share(const Parameter& other);

  std::string to_string() const;
};

/// A parameter whose name is made at run time: a field of the type std::vector<NamedParameter> has
/// as many as one likes, each under its own name beside the other fields.
struct NamedParameter {
  std::string name;
  Parameter value;
};

}  // namespace wick::nn
