#include "wick/seeded_hash.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "kernels/memory/fork_mutex.h"

namespace wick::detail {
namespace {

using Key = std::array<uint64_t, 2>;

Key draw_key() noexcept {
  Key key{};
  if (::getentropy(key.data(), sizeof key) == 0) return key;
  // A system without it (an old kernel, a filter of system calls): what differs between processes.
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  key[0] = static_cast<uint64_t>(now) ^ static_cast<uint64_t>(::getpid()) << 40;
  key[1] = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(&key)) * 0x9E3779B97F4A7C15U ^
           static_cast<uint64_t>(reinterpret_cast<uintptr_t>(&draw_key)) << 20;
  return key;
}

/// The state of SipHash (Aumasson and Bernstein, 2012): one round for each 8 bytes, three at the
/// end.
struct SipState {
  uint64_t a, b, c, d;

  explicit SipState(const Key& key)
      : a(key[0] ^ 0x736f6d6570736575U),
        b(key[1] ^ 0x646f72616e646f6dU),
        c(key[0] ^ 0x6c7967656e657261U),
        d(key[1] ^ 0x7465646279746573U) {}

  void round() {
    a += b;
    b = std::rotl(b, 13) ^ a;
    a = std::rotl(a, 32);
    c += d;
    d = std::rotl(d, 16) ^ c;
    a += d;
    d = std::rotl(d, 21) ^ a;
    c += b;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
  }

  void take(uint64_t word) {
    d ^= word;
    round();
    a ^= word;
  }

  uint64_t finish() {
    c ^= 0xFF;
    for (int i = 0; i < 3; ++i) round();
    return a ^ b ^ c ^ d;
  }
};

}  // namespace

size_t SeededHash::operator()(std::string_view text) const noexcept {
  SipState state(kernels::made_once<[] { return new Key(draw_key()); }>());
  uint64_t last = static_cast<uint64_t>(text.size()) << 56;
  while (text.size() >= sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    state.take(word);
    text.remove_prefix(sizeof word);
  }
  uint64_t rest = 0;
  if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
  state.take(last | rest);
  return static_cast<size_t>(state.finish());
}

}  // namespace wick::detail
