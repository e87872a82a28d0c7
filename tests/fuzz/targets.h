// What is fuzzed: each takes any bytes and returns, or throws wick::Error. The fuzzers run them
// with libFuzzer; the tests, with what the fuzzers found.
#pragma once

#include <span>
#include <string_view>

namespace fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view bytes);
};

/// model_json, safetensors, npy, npz, zip, pickle, torch and csv.
std::span<const Target> targets();

/// Runs the target on `bytes`. What a bad file may do, throw wick::Error, is caught here.
void run(const Target& target, std::string_view bytes);

}  // namespace fuzz
