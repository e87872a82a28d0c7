#include "optim/strong_wolfe.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wick::optim {
namespace {

constexpr double c1 = 1e-4;  // sufficient decrease
constexpr double c2 = 0.9;   // curvature
constexpr double tolerance_change = 1e-9;

/// An interval with a point in it that satisfies the conditions, or such a point alone.
struct Bracket {
  std::array<LinePoint, 2> ends;
  bool done = false;  // ends[0] is that point
};

class Search {
 public:
  Search(const Callback<LinePoint(double)>& evaluate, const LinePoint& start, int64_t max_ls,
         int64_t& evaluations)
      : evaluate_(evaluate), start_(start), max_ls_(max_ls), evaluations_(evaluations) {}

  Bracket bracket(double first);
  LinePoint zoom(Bracket bracket, double d_norm);

 private:
  LinePoint at(double t) {
    ++evaluations_;
    return evaluate_(t);
  }
  bool decreases(const LinePoint& p) const { return !(p.f > start_.f + c1 * p.t * start_.gtd); }
  bool is_flat(const LinePoint& p) const { return std::abs(p.gtd) <= -c2 * start_.gtd; }

  const Callback<LinePoint(double)>& evaluate_;
  const LinePoint& start_;
  int64_t max_ls_;
  int64_t& evaluations_;
  int64_t iterations_ = 0;
};

Bracket Search::bracket(double first) {
  LinePoint before = start_;
  LinePoint now = at(first);
  while (iterations_ < max_ls_) {
    if (!decreases(now) || (iterations_ > 1 && now.f >= before.f)) return {{before, now}};
    if (is_flat(now)) return {{now, now}, true};
    if (now.gtd >= 0) return {{before, now}};
    const double low = now.t + 0.01 * (now.t - before.t);
    const double t = cubic_interpolate(before, now, low, now.t * 10);
    before = std::exchange(now, at(t));
    ++iterations_;
  }
  return {{start_, now}};
}

/// `t`, moved away from the ends of the interval if it stays near them.
double keep_inside(double t, double low, double high, bool& insufficient) {
  const double margin = 0.1 * (high - low);
  if (std::min(high - t, t - low) >= margin) {
    insufficient = false;
    return t;
  }
  if (!insufficient && t < high && t > low) {
    insufficient = true;
    return t;
  }
  insufficient = false;
  return std::abs(t - high) < std::abs(t - low) ? high - margin : low + margin;
}

LinePoint Search::zoom(Bracket bracket, double d_norm) {
  auto& ends = bracket.ends;
  size_t best = bracket.done || ends[0].f <= ends[1].f ? 0 : 1;
  bool insufficient = false;
  while (!bracket.done && iterations_ < max_ls_) {
    if (std::abs(ends[1].t - ends[0].t) * d_norm < tolerance_change) break;
    const auto [low, high] = std::minmax(ends[0].t, ends[1].t);
    const double t =
        keep_inside(cubic_interpolate(ends[0], ends[1], low, high), low, high, insufficient);
    const LinePoint now = at(t);
    ++iterations_;
    LinePoint& worst = ends[1 - best];
    if (!decreases(now) || now.f >= ends[best].f) {
      worst = now;
      best = ends[0].f <= ends[1].f ? 0 : 1;
    } else {
      if (is_flat(now))
        bracket.done = true;
      else if (now.gtd * (worst.t - ends[best].t) >= 0)
        worst = ends[best];
      ends[best] = now;
    }
  }
  return ends[best];
}

}  // namespace

double cubic_interpolate(const LinePoint& a, const LinePoint& b, double low, double high) {
  const double d1 = a.gtd + b.gtd - 3 * (a.f - b.f) / (a.t - b.t);
  const double square = d1 * d1 - a.gtd * b.gtd;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double t = a.t <= b.t ? b.t - (b.t - a.t) * ((b.gtd + d2 - d1) / (b.gtd - a.gtd + 2 * d2))
                              : a.t - (a.t - b.t) * ((a.gtd + d2 - d1) / (a.gtd - b.gtd + 2 * d2));
  return std::min(std::max(t, low), high);
}

LinePoint strong_wolfe_point(const Callback<LinePoint(double)>& evaluate, const LinePoint& start,
                             double first, double d_norm, int64_t max_ls, int64_t& evaluations) {
  Search search(evaluate, start, max_ls, evaluations);
  return search.zoom(search.bracket(first), d_norm);
}

}  // namespace wick::optim
