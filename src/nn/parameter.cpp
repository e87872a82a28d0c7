#include "wick/nn/parameter.h"

#include "nn/ties.h"
#include "wick/autograd.h"
#include "wick/format.h"

namespace wick::nn {

Buffer::Buffer(const Tensor& t) : Tensor(t.defined() ? t.detach() : Tensor()) {}

Buffer::Buffer(const Tensor& t, BufferOptions options) : Buffer(t) {
  persistent_ = options.persistent;
}

Buffer::Buffer(const Buffer& other) : Tensor(ties::copy_of(other)), persistent_(other.persistent_) {
  if (!other.defined()) return;
  if (!defined()) {
    const NoGradGuard guard;
    Tensor::operator=(other.Tensor::clone());
    requires_grad_(other.requires_grad());
  }
  ties::copied(other, *this);
}

namespace {

/// Copies the elements of `from` into the tensor `to`; false if that cannot be, and has not been.
bool write_in_place(const Tensor& to, const Tensor& from) {
  if (!to.defined() || to.shape() != from.shape() || to.dtype() != from.dtype() ||
      to.device() != from.device() || !to.is_leaf())
    return false;
  const NoGradGuard guard;
  try {
    to.copy_(from);
  } catch (const Error&) {
    return false;  // an expanded tensor, or one of inference mode
  }
  return true;
}

}  // namespace

Buffer& Buffer::operator=(const Buffer& other) {
  const bool part = ties::must_part(other, *this);
  persistent_ = other.persistent_;
  if (is_same(other)) {
    if (defined()) ties::copied(other, *this);
    return *this;
  }
  const Tensor twin = ties::copy_of(other);
  if (twin.defined())
    Tensor::operator=(twin);
  else if (part || !other.defined() || !write_in_place(*this, other))
    Tensor::operator=(Buffer(other));
  else if (requires_grad() != other.requires_grad())
    requires_grad_(other.requires_grad());
  if (defined()) ties::copied(other, *this);
  return *this;
}

Buffer& Buffer::share(const Buffer& other) {
  if (!other.defined())
    throw ValueError("share expects a defined tensor to be tied to, got an undefined one");
  if (defined() && shape() != other.shape())
    throw ShapeError(
        fmt::format("share ties tensors of one shape, but this one has shape {} and the other {}",
                    shape(), other.shape()));
  Tensor::operator=(other);
  return *this;
}

Parameter& Parameter::share(const Parameter& other) {
  Buffer::share(other);
  return *this;
}

Parameter::Parameter(const Tensor& t) : Buffer(t) {
  if (defined() && is_floating_point()) requires_grad_();
}

std::string Parameter::to_string() const { return "Parameter containing:\n" + Tensor::to_string(); }

}  // namespace wick::nn
