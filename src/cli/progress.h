// A bar on the terminal, for work that takes long.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wick::cli {

/// Shows on standard error how much of `total` is done, if that is a terminal and half a second has
/// passed. The bar goes when the object does.
class Progress {
 public:
  explicit Progress(int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(int64_t done);

 private:
  using Clock = std::chrono::steady_clock;
  int64_t total_;
  bool on_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_;  // when to draw again
};

/// "[#####               ] 25 % (8/32), 3 s left"
std::string progress_text(int64_t done, int64_t total, double seconds);

}  // namespace wick::cli
