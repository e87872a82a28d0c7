#include "cli/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "cli/output.h"

namespace wick::cli {
namespace {

constexpr auto patience = std::chrono::milliseconds(500);
constexpr auto redraw = std::chrono::milliseconds(100);
constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

std::string progress_text(int64_t done, int64_t total, double seconds) {
  constexpr double width = 30;
  const double part = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1;
  const auto full = static_cast<size_t>(width * part);
  const double left = part > 0 ? seconds * (1 - part) / part : 0;
  return fmt::format("[{}{}] {:.0f} % ({}/{}), {:.0f} s left", std::string(full, '#'),
                     std::string(static_cast<size_t>(width) - full, ' '), 100 * part, done, total,
                     left);
}

Progress::Progress(int64_t total)
    : total_(total), on_(is_terminal(stderr)), next_(start_ + patience) {}

Progress::~Progress() {
  if (shown_) std::fputs(clear_line, stderr);
}

void Progress::show(int64_t done) {
  const auto now = Clock::now();
  if (!on_ || now < next_) return;
  next_ = now + redraw;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::fputs((clear_line + progress_text(done, total_, seconds)).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace wick::cli
