// The shortest program that prints a tensor: what starting wick costs.
#include <wick/wick.h>

int main() { fmt::print("{}\n", gelu(wick::ones({2, 3}))); }
