#include "core/generator.h"

#include <array>
#include <bit>
#include <cstddef>
#include <random>
#include <string>

#include "kernels/memory/fork_mutex.h"
#include "wick/error.h"

namespace wick {

namespace {

// The bytes of torch.Generator.get_state(): a C struct as x86-64 and arm64 lay it out.
constexpr size_t state_size = 5056;
constexpr size_t seed_at = 0;             // uint64
constexpr size_t left_at = 8;             // int32
constexpr size_t seeded_at = 12;          // int32, 1
constexpr size_t next_at = 16;            // uint64
constexpr size_t words_at = 24;           // 624 x uint64
constexpr size_t normal_at = 5024;        // double: the kept normal number
constexpr size_t normal_valid_at = 5040;  // int32

void put(std::vector<uint8_t>& bytes, size_t at, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

uint64_t take(std::span<const uint8_t> bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

kernels::RandomState parse_state(std::span<const uint8_t> bytes) {
  if (bytes.size() != state_size) {
    throw ValueError(
        "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be " +
        std::to_string(bytes.size()));
  }
  const uint64_t left = take(bytes, left_at, 4);
  const uint64_t next = take(bytes, next_at, 8);
  constexpr uint64_t count = kernels::RandomState::word_count;
  // The last comparison keeps a forged state from reading behind the words.
  if (take(bytes, seeded_at, 4) != 1 || left < 1 || left > count || next > count ||
      next + left - 1 > count) {
    throw ValueError("Invalid mt19937 state");
  }
  kernels::RandomState state(0);
  state.initial_seed = take(bytes, seed_at, 8);
  state.left = static_cast<uint32_t>(left);
  state.next = static_cast<uint32_t>(next);
  for (size_t i = 0; i < count; ++i) {
    state.words[i] = static_cast<uint32_t>(take(bytes, words_at + 8 * i, 8));
  }
  if (take(bytes, normal_valid_at, 4) != 0) {
    state.cached_normal = std::bit_cast<double>(take(bytes, normal_at, 8));
  }
  return state;
}

}  // namespace

Generator::Generator() : state_(std::make_shared<core::GeneratorState>()) {}
Generator::Generator(const Generator&) noexcept = default;
Generator& Generator::operator=(const Generator&) noexcept = default;
Generator::~Generator() = default;

Generator& Generator::reseed(uint64_t seed) {
  core::GeneratorLock random(*this);
  *random = kernels::RandomState(seed);
  return *this;
}

uint64_t Generator::initial_seed() const {
  core::GeneratorLock random(*this);
  return (*random).initial_seed;
}

uint64_t Generator::seed() {
  std::random_device device;
  const uint64_t high = device();
  const uint64_t value = (high << 32) | device();
  reseed(value);
  return value;
}

std::vector<uint8_t> Generator::get_state() const {
  std::vector<uint8_t> bytes(state_size, 0);
  core::GeneratorLock random(*this);
  const kernels::RandomState& state = *random;
  put(bytes, seed_at, state.initial_seed, 8);
  put(bytes, left_at, state.left, 4);
  put(bytes, seeded_at, 1, 4);
  put(bytes, next_at, state.next, 8);
  for (size_t i = 0; i < state.words.size(); ++i) put(bytes, words_at + 8 * i, state.words[i], 8);
  if (state.cached_normal) {
    put(bytes, normal_at, std::bit_cast<uint64_t>(*state.cached_normal), 8);
    put(bytes, normal_valid_at, 1, 4);
  }
  return bytes;
}

void Generator::set_state(std::span<const uint8_t> bytes) {
  const kernels::RandomState state = parse_state(bytes);
  core::GeneratorLock random(*this);
  *random = state;
}

Generator Generator::clone() const {
  Generator copy;
  core::GeneratorLock random(*this);
  core::GeneratorAccess::state(copy).random = *random;  // nobody else has the copy yet
  return copy;
}

Generator& default_generator() { return kernels::one_for_all<Generator>(); }

uint64_t seed() { return default_generator().seed(); }

uint64_t initial_seed() { return default_generator().initial_seed(); }

}  // namespace wick
