// GELU, the activation function of BERT and GPT, on five numbers.
#include <wick/wick.h>
namespace nn = wick::nn;

/// The elements of a vector as Python prints a list.
std::string python_list(const wick::Tensor& vector) {
  std::string text;
  for (const double value : vector.to_vector<double>())
    text += (text.empty() ? "" : ", ") + wick::python_repr(value);
  return "[" + text + "]";
}

int main() try {
  const nn::GELU gelu;
  const wick::Tensor x = wick::tensor({-2.0, -1.0, 0.0, 1.0, 2.0});
  const wick::Tensor y = gelu(x);

  fmt::print("Input:  {}\n", python_list(x));
  fmt::print("Output: {}\n", python_list(y));

  // A tensor prints by itself as well, rounded, so that large ones stay readable.
  fmt::print("{}\n", y);
} catch (const wick::Error& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 1;
}
