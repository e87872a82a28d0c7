// Texts of PyTorch after which wick's go on, with what came or of how many.
#pragma once

#include <array>
#include <string>
#include <string_view>

/// True if `message` is PyTorch's text, or is one of those below and says more.
inline bool answers_as(const std::string& message, const std::string& torch) {
  constexpr std::array<std::string_view, 15> longer = {
      "self must be a matrix",
      "batch1 must be a 3D tensor",
      "ZeroDivisionError",
      "\"softmax_lastdim_kernel_impl\" not implemented for 'Long'",
      "\"log_softmax_lastdim_kernel_impl\" not implemented for 'Long'",
      "step must be nonzero",
      "number of steps must be non-negative",
      "flatten() has invalid args: start_dim cannot come after end_dim",
      "Index tensor must have the same number of dimensions as input tensor",
      "only one element tensors can be converted to Python scalars",
      "index 1 is out of range",
      "index -2 is out of range",
      "grad can be implicitly created only for scalar outputs",
      "assigned grad has data of a different size",
      "Target ",
  };
  if (message == torch) return true;
  for (const std::string_view text : longer)
    if (torch == text || (text.ends_with(' ') && torch.starts_with(text)))
      return message.starts_with(torch) && message.size() > torch.size() + 3;
  return false;
}
