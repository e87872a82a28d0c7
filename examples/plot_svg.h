/// \file
/// Line plots as SVG pictures that go straight into a talk or a web page:
///
///     plot::Figure figure{.title = "Training", .x_label = "step", .y_label = "loss"};
///     figure.add("Adam", steps, losses);  // two tensors with equally many elements
///     figure.save("training.svg");
///
/// Colours are those of Okabe and Ito, which colour-blind people can tell apart. A point that is
/// nan or infinite leaves a gap.
#pragma once

#include <wick/wick.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace plot {

/// The values from `low` to `high`, and the pixels `from` and `to` of these two ends.
struct Axis {
  double from, to;
  double low = HUGE_VAL, high = -HUGE_VAL;

  void cover(const std::vector<double>& values) {
    for (const double v : values)
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  }
  /// 1, 2 or 5 times a power of ten, about `count` of which make up the axis (once it has extent).
  double step(int count) {
    if (low > high) low = 0, high = 1;
    const double size = std::max(std::abs(low), std::abs(high));
    if (high - low <= 1e-9 * size) low -= 0.5 + size / 2, high += 0.5 + size / 2;
    const double rough = (high - low) / count, power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
      if (rough <= 1.01 * factor * power) return factor * power;
    return 10 * power;
  }
  double pixel(double v) const { return from + (v - low) / (high - low) * (to - from); }
};

struct Curve {
  std::string name;
  std::vector<double> x, y;
};

struct Figure {
  std::string title, x_label, y_label;
  std::vector<Curve> curves = {};

  /// Adds the curve through the points (x[i], y[i]); throws ShapeError if x and y differ in size.
  void add(std::string name, const wick::Tensor& x, const wick::Tensor& y) {
    if (x.numel() != y.numel())
      throw wick::ShapeError(fmt::format("x is {}, but y is {}", x.shape(), y.shape()));
    curves.push_back({std::move(name), x.to_vector<double>(), y.to_vector<double>()});
  }

  /// The picture, 960 x 600 and sharp at any size.
  std::string svg() const {
    Axis x{.from = 92, .to = 904}, y{.from = 530, .to = 112};
    for (const Curve& c : curves) {
      x.cover(c.x), y.cover(c.y);
      x.to = std::min(x.to, 900 - 11.0 * static_cast<double>(c.name.size()));  // room for the name
    }
    const double x_step = x.step(8), y_step = y.step(6);
    y.low = y_step * std::floor(y.low / y_step + 1e-3);  // up and down to the next grid line
    y.high = y_step * std::ceil(y.high / y_step - 1e-3);

    std::string grid, zero, texts;  // the lines through zero go over the others
    for (double k = std::ceil(x.low / x_step - 1e-9); k * x_step <= x.high + x_step * 1e-9; ++k) {
      const double at = x.pixel(k * x_step);
      (k == 0 ? zero : grid) += fmt::format("M{:.1f} {:.1f}V{:.1f}", at, y.from, y.to);
      texts += text(at, y.from + 30, "text-anchor='middle'", number(k * x_step));
    }
    for (double k = std::ceil(y.low / y_step - 1e-9); k * y_step <= y.high + y_step * 1e-9; ++k) {
      const double at = y.pixel(k * y_step);
      (k == 0 ? zero : grid) += fmt::format("M{:.1f} {:.1f}H{:.1f}", x.from, at, x.to);
      texts += text(x.from - 12, at + 7, "text-anchor='end'", number(k * y_step));
    }
    return "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 960 600' font-size='19' "
           "font-family='Helvetica, Arial, sans-serif' fill='#333' stroke-linecap='round' "
           "stroke-linejoin='round'>\n"
           "<rect width='960' height='600' fill='#fff'/>\n" +
           text(24, 50, "font-size='28' font-weight='bold' fill='#111'", title) +
           text(24, 86, "", y_label) + path(grid, "#e3e3e3", 1) + path(zero, "#888", 1.6) + texts +
           text((x.from + x.to) / 2, 592, "text-anchor='middle'", x_label) + drawn_curves(x, y) +
           "</svg>\n";
  }

  /// Writes the picture into a file; throws FileError if that fails.
  void save(const std::string& path) const {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    const bool written = file && std::fputs(svg().c_str(), file) >= 0;
    const bool closed = file && std::fclose(file) == 0;
    if (!written || !closed) throw wick::FileError("cannot write " + path);
  }

 private:
  static std::string path(const std::string& steps, std::string_view colour, double width) {
    return fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='{}'/>\n", steps, colour,
                       width);
  }
  static std::string text(double x, double y, std::string_view style, const std::string& words) {
    std::string escaped;
    for (const char c : words)
      escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    return fmt::format("<text x='{:.1f}' y='{:.1f}' {}>{}</text>\n", x, y, style, escaped);
  }
  static std::string number(double v) {  // with a minus sign in place of a hyphen
    return (v < 0 ? "\u2212" : "") + fmt::format("{:.6g}", std::abs(v));
  }
  std::string drawn_curves(const Axis& x, const Axis& y) const {  // with their names
    constexpr std::array colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};
    std::vector<std::pair<double, size_t>> ends;  // where each name wants to stand
    std::string out;
    for (size_t i = curves.size(); i-- > 0;) {  // the first curve is drawn last, on top
      const Curve& c = curves[i];
      std::string steps;
      bool pen_down = false;
      double end = y.from;
      for (size_t k = 0; k < c.x.size(); ++k) {
        const bool draws = std::isfinite(c.x[k]) && std::isfinite(c.y[k]);
        if (draws) {
          end = y.pixel(c.y[k]);
          const std::string at = fmt::format("{:.2f} {:.2f}", x.pixel(c.x[k]), end);
          steps += pen_down ? "L" + at : "M" + at + "h0";  // of no length: one point is a dot
        }
        pen_down = draws;
      }
      out += path(steps, colours[i % colours.size()], 3.5);
      ends.emplace_back(end, i);
    }
    std::sort(ends.begin(), ends.end());
    double lowest = 0;
    for (const auto& [end, i] : ends) {  // from the top; names that would overlap move down
      const double at = std::max(end, lowest);
      lowest = at + 24;
      out += path(fmt::format("M{:.1f} {:.1f}h24", x.to + 12, at), colours[i % colours.size()], 5);
      out += text(x.to + 44, at + 7, "", curves[i].name);
    }
    return out;
  }
};

}  // namespace plot
