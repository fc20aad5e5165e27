// The drawing of a Plot (plot.h): panels side by side, one legend for all.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "experiments/results/plot.h"

namespace experiments {
namespace {

// units: SVG user units, 1/96 inch
constexpr double kWidth = 380, kHeight = 280;                       // of the area of a panel
constexpr double kLeft = 62, kRight = 18, kTop = 34, kBottom = 54;  // around it
constexpr double kTitle = 30, kLegendLine = 20, kNoteLine = 17, kMarker = 4;
constexpr double kLetter = 6.4,
                 kTitleLetter = 8.8;  // mean width of a letter, to make room for texts
constexpr double kBeside = 4;         // at most, between the points of two lines at one place
constexpr double kMargin = 0.06;      // of the width, left and right of the first and last place

/// Eight colours that readers with any colour vision can tell apart.  source: Okabe and Ito 2008,
/// Color Universal Design.
constexpr std::array<const char*, 8> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                 "#e69f00", "#56b4e9", "#000000", "#9a8c00"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string text(double x, double y, const char* anchor, const std::string& what,
                 const std::string& more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y,
                     anchor, more, escaped(what));
}

std::string segment(double x1, double y1, double x2, double y2, const std::string& style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1,
                     x2, y2, style);
}

/// Lines beyond the eighth have the colours again, dashed, and those beyond the sixteenth dotted.
constexpr std::array<const char*, 3> kDashes = {"", " stroke-dasharray=\"7 4\"",
                                                " stroke-dasharray=\"1.5 3\""};
static_assert(kColours.size() * kDashes.size() == kMostLines);

/// The sign of line k: circle, square, triangle, diamond, and again with a white inside; one
/// further where colours repeat, so that it tells apart what has a colour in common.
std::string marker(std::size_t k, double x, double y) {
  const std::size_t sign = (k + k / kColours.size()) % 4;
  const std::string fill = (k / 4) % 2 == 0 ? kColours[k % kColours.size()] : "#ffffff";
  const std::string style = fmt::format("fill=\"{}\" stroke=\"{}\" stroke-width=\"1.5\"", fill,
                                        kColours[k % kColours.size()]);
  const double r = kMarker;
  if (sign == 0)
    return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" {}/>\n", x, y, r, style);
  if (sign == 1)
    return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" {}/>\n",
                       x - r, y - r, 2 * r, 2 * r, style);
  if (sign == 2)
    return fmt::format("<polygon points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\" {}/>\n", x,
                       y - r, x + r, y + r, x - r, y + r, style);
  return fmt::format(
      "<polygon points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\" {}/>\n", x,
      y - r, x + r, y, x, y + r, x - r, y, style);
}

/// Values from `low` to `high` in steps of 1, 2 or 5 times a power of ten, about five of them.
std::vector<double> round_values(double low, double high) {
  const double raw = (high - low) / 5, power = std::pow(10.0, std::floor(std::log10(raw)));
  const double step = raw <= 1.5 * power   ? power
                      : raw <= 3.5 * power ? 2 * power
                      : raw <= 7.5 * power ? 5 * power
                                           : 10 * power;
  std::vector<double> out;
  for (double v = std::ceil(low / step) * step; v <= high + step * 1e-9; v += step)
    out.push_back(v);
  return out;
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(double v) { low = std::min(low, v), high = std::max(high, v); }
  double share(double v) const { return (v - low) / (high - low); }
};

class Drawing {
 public:
  explicit Drawing(const Plot& plot) : plot_(plot) {
    for (const PlotTick& tick : plot.ticks) x_.take(along(tick.x));
    const double margin = kMargin * (x_.high - x_.low);
    x_.low -= margin, x_.high += margin;
    for (const PlotPanel& panel : plot.panels) {
      for (const PlotLine& line : panel.lines) {
        const auto known = std::find(names_.begin(), names_.end(), line.name);
        if (known == names_.end()) names_.push_back(line.name);
      }
    }
  }

  std::string document() const {
    std::size_t longest = 0;
    for (const std::string& name : names_) longest = std::max(longest, name.size());
    const double panels = static_cast<double>(plot_.panels.size()) * (kLeft + kWidth + kRight);
    const double legend = 48 + kLetter * static_cast<double>(longest);
    const double body = std::max(kTop + kHeight + kBottom,
                                 kTop + kLegendLine * static_cast<double>(names_.size() + 1));
    double width = std::max(panels + legend, text_width(plot_.title, kTitleLetter));
    for (const std::string& note : plot_.notes) width = std::max(width, text_width(note, kLetter));
    const double height = kTitle + body + kNoteLine * static_cast<double>(plot_.notes.size()) + 8;
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
        "width=\"{0:.0f}\" "
        "height=\"{1:.0f}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" "
        "fill=\"#222222\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        width, height);
    out += text(kLeft, 22, "start", plot_.title, " font-size=\"15\" font-weight=\"bold\"");
    for (std::size_t i = 0; i < plot_.panels.size(); ++i)
      out += panel(plot_.panels[i], static_cast<double>(i) * (kLeft + kWidth + kRight) + kLeft,
                   kTitle + kTop);
    for (std::size_t k = 0; k < names_.size(); ++k) {
      const double y = kTitle + kTop + 8 + kLegendLine * static_cast<double>(k);
      out += segment(panels, y, panels + 30, y, line_stroke(k)) + marker(k, panels + 15, y);
      out += text(panels + 36, y + 4, "start", names_[k]);
    }
    for (std::size_t i = 0; i < plot_.notes.size(); ++i)
      out += text(kLeft, kTitle + body + kNoteLine * static_cast<double>(i), "start",
                  plot_.notes[i], " fill=\"#666666\"");
    return out + "</svg>\n";
  }

 private:
  /// Of a whole drawing with a line of text in it.
  static double text_width(const std::string& line, double letter) {
    return kLeft + kRight + letter * static_cast<double>(line.size());
  }

  double along(double x) const { return plot_.logarithmic ? std::log(x) : x; }

  /// Of bars, which are never dashed.
  static std::string stroke(std::size_t k) {
    return fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"",
                       kColours[k % kColours.size()]);
  }
  static std::string line_stroke(std::size_t k) {
    return stroke(k) + kDashes[k / kColours.size() % kDashes.size()];
  }

  /// Between the points of two lines at one place: all of them stay inside the frame and nearer to
  /// their own place than to the next.
  double beside() const {
    double gap = x_.high - x_.low;
    for (std::size_t i = 1; i < plot_.ticks.size(); ++i)
      gap = std::min(gap, along(plot_.ticks[i].x) - along(plot_.ticks[i - 1].x));
    const double room = kWidth * std::min(1.4 * kMargin, 0.5 * gap / (x_.high - x_.low));
    return std::min(kBeside, room / std::max(1.0, static_cast<double>(names_.size()) - 1));
  }

  static Range range_of(const PlotPanel& panel) {
    Range y;
    for (const PlotLine& line : panel.lines) {
      for (const PlotPoint& p : line.points) y.take(p.mean - p.sd), y.take(p.mean + p.sd);
    }
    if (panel.reference) y.take(*panel.reference);
    if (y.low > y.high) y = {.low = 0, .high = 1};  // no point at all
    const double margin = y.high > y.low ? 0.05 * (y.high - y.low) : 0.5;
    y.low -= margin, y.high += margin;
    return y;
  }

  std::string panel(const PlotPanel& panel, double left, double top) const {
    const Range y = range_of(panel);
    const auto at_x = [&](double v) { return left + kWidth * x_.share(along(v)); };
    const auto at_y = [&](double v) { return top + kHeight * (1 - y.share(v)); };
    std::string out =
        text(left + kWidth / 2, top - 10, "middle", panel.name, " font-weight=\"bold\"");
    for (const double v : round_values(y.low, y.high)) {
      out += segment(left, at_y(v), left + kWidth, at_y(v), "stroke=\"#dddddd\"");
      out += text(left - 8, at_y(v) + 4, "end", fmt::format("{:g}", std::abs(v) < 1e-9 ? 0.0 : v));
    }
    double free_from = -1;  // where the last label of x ends
    for (const PlotTick& tick : plot_.ticks) {
      const double x = at_x(tick.x), half = 0.5 * kLetter * static_cast<double>(tick.label.size());
      out += segment(x, top + kHeight, x, top + kHeight + 5, "stroke=\"#222222\"");
      if (x - half < free_from) continue;
      out += text(x, top + kHeight + 19, "middle", tick.label);
      free_from = x + half + 4;
    }
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" fill=\"none\" "
        "stroke=\"#222222\"/>\n",
        left, top, kWidth, kHeight);
    out += text(left + kWidth / 2, top + kHeight + 38, "middle", plot_.x_name);
    out += fmt::format(
        "<text transform=\"translate({:.1f},{:.1f}) rotate(-90)\" "
        "text-anchor=\"middle\">{}</text>\n",
        left - 46, top + kHeight / 2, escaped(plot_.y_name));
    if (panel.reference) {
      out += segment(left, at_y(*panel.reference), left + kWidth, at_y(*panel.reference),
                     "stroke=\"#222222\" stroke-dasharray=\"6 4\"");
      out +=
          text(left + kWidth - 4, at_y(*panel.reference) - 4, "end", "float", " fill=\"#666666\"");
    }
    const double step = beside();
    for (const PlotLine& line : panel.lines) {
      const auto k = static_cast<std::size_t>(std::find(names_.begin(), names_.end(), line.name) -
                                              names_.begin());
      const double aside =
          step * (static_cast<double>(k) - 0.5 * static_cast<double>(names_.size() - 1));
      std::string path, signs;
      for (const PlotPoint& p : line.points) {
        const double x = at_x(p.x) + aside, mid = at_y(p.mean);
        path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "" : " ", x, mid);
        if (p.sd > 0) {
          const double lower = at_y(p.mean - p.sd), upper = at_y(p.mean + p.sd);
          signs += segment(x, lower, x, upper, stroke(k));
          signs += segment(x - 3, lower, x + 3, lower, stroke(k));
          signs += segment(x - 3, upper, x + 3, upper, stroke(k));
        }
        signs += marker(k, x, mid);
      }
      out += fmt::format("<polyline points=\"{}\" {}/>\n", path, line_stroke(k)) + signs;
    }
    return out;
  }

  const Plot& plot_;
  Range x_;
  std::vector<std::string> names_;  // of all lines; the number of a name is its colour and sign
};

}  // namespace

std::string svg(const Plot& plot) { return Drawing(plot).document(); }

}  // namespace experiments
