// Plot: the groups of a report as lines over one axis, drawn as an SVG that needs nothing else.
//
// The column of the report (or one axis by name) lies along x; of several columns it is the last
// whose labels are numbers, and the others make lines.  To scale where all their labels are
// numbers (logarithmically where they span a factor of 50), else side by side.  Every combination
// of the axes that are neither x nor averaged over is a line; bars are the standard deviation over
// the seeds; the float network is a dashed line.  Where several networks are compared each has a
// panel of its own.  Only complete groups are drawn; how many are not is said below the plot.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiments/results/report.h"

namespace experiments {

struct PlotPoint {
  double x = 0;  // to scale, or the number of the place
  double mean = 0, sd = 0;
};

struct PlotLine {
  std::string name;
  std::vector<PlotPoint> points;  // in order of x
};

struct PlotPanel {
  std::string name;                 // empty: the only one
  std::optional<double> reference;  // of the float network
  std::vector<PlotLine> lines;
};

struct PlotTick {
  double x = 0;
  std::string label;
};

struct Plot {
  std::string title, x_name, y_name;
  bool logarithmic = false;
  std::vector<PlotTick> ticks;  // of x, in order
  std::vector<PlotPanel> panels;
  std::vector<std::string> notes;
};

struct PlotOptions {
  // Axes by their keys or as tables shorten them: "bits" where only one key ends so.
  std::string x = {};      // along x; empty: of the columns of the report
  std::string panel = {};  // with a panel a label; empty: the network, where it varies
};

/// Lines of a plot that have a look of their own (svg.cpp): more cannot be told apart.
inline constexpr std::size_t kMostLines = 24;

/// throws: InputError for an axis that the cells do not have or a name that two axes share, an x
/// with fewer than two places, more than kMostLines different lines.
Plot build_plot(const std::string& title, const std::vector<std::string>& keys,
                const ReportSpec& report, const std::vector<Record>& records, const Sweep& sweep,
                const PlotOptions& options);

/// A whole SVG document.
std::string svg(const Plot& plot);

}  // namespace experiments
