#include "nn/python_text.h"

#include "wick/format.h"

namespace wick::nn {

std::string python_text(double value) { return python_repr(value); }

std::string python_text(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(shape.begin()[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace wick::nn
