// start.cpp in libtorch.
#include <torch/torch.h>

#include <iostream>

int main() { std::cout << torch::gelu(torch::ones({2, 3})) << "\n"; }
