// What a parallel region has to know about its threads, but for how they are started.
#pragma once

#include <chrono>
#include <cstdint>

namespace wick::core {

/// How a thread rounds and whether it flushes denormals: the bits of MXCSR or FPCR that say so.
class FloatModes {
 public:
  /// Those of the calling thread.
  static FloatModes here();
  bool operator==(const FloatModes&) const = default;
  void apply() const;

 private:
  uint64_t bits_ = 0;
};

/// While it lives, this thread computes as the one whose modes it was given: the same bits
/// whichever thread an element falls to.
class FloatModesGuard {
 public:
  explicit FloatModesGuard(const FloatModes& modes)
      : before_(FloatModes::here()), changed_(before_ != modes) {
    if (changed_) modes.apply();
  }
  ~FloatModesGuard() {
    if (changed_) before_.apply();
  }
  FloatModesGuard(const FloatModesGuard&) = delete;
  FloatModesGuard& operator=(const FloatModesGuard&) = delete;

 private:
  FloatModes before_;
  bool changed_;
};

/// True in a child process on the thread that called fork(), if its parent had other threads: the
/// team that this thread may have had is gone, and OpenMP would wait for it.
bool team_is_lost();

/// How many threads, of `wanted`, a region gets whose work is worth `grains` of them: one where the
/// team is lost, where no more can be started, and for little work while the threads of a team
/// have to wait for a core.
int64_t granted_threads(int64_t wanted, int64_t grains);

/// While it lives, regions get their threads however long these have to wait for a core: for tests
/// of how work is shared out, on machines that are busy.
class AlwaysTeams {
 public:
  AlwaysTeams();
  ~AlwaysTeams();
  AlwaysTeams(const AlwaysTeams&) = delete;
  AlwaysTeams& operator=(const AlwaysTeams&) = delete;
};

/// Measures how long a region's caller waits for the others after its own part. They wait for each
/// other to come and to be done, so where a thread has lost its core to another program, a region
/// of microseconds takes milliseconds.
class RegionClock {
 public:
  RegionClock() : start_(Clock::now()), own_(start_) {}
  /// By the caller: a part of its own is done.
  void own_part_done() { own_ = Clock::now(); }
  /// After the region.
  void done() const;

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_, own_;
};

}  // namespace wick::core
