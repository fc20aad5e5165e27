#include "experiments/results/plot.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/error.h"
#include "experiments/results/groups.h"

namespace experiments {
namespace {

constexpr double kLogarithmicFrom = 50;  // ratio of the largest to the smallest label

std::optional<double> number(const std::string& label) {
  double value = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), value);
  if (error != std::errc() || end != label.data() + label.size()) return std::nullopt;
  return value;
}

std::string joined(const std::vector<std::string>& texts, const char* between) {
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, between));
}

void take_out(std::vector<std::string>& list, const std::string& key) {
  list.erase(std::remove(list.begin(), list.end(), key), list.end());
}

bool varies(const std::vector<Record>& records, const std::string& key) {
  return std::any_of(records.begin(), records.end(),
                     [&](const Record& r) { return r.label(key) != records.front().label(key); });
}

/// The axis that --x names.
std::string axis_named(const std::string& written, const std::vector<std::string>& keys,
                       const std::string& agg) {
  const std::string key = key_named("--x", written, keys);
  core::require_input("plot", key != agg, "{} is what is averaged over and cannot lie along x",
                      key);
  return key;
}

/// Of several columns the one that lies along x: the last whose labels are different numbers, else
/// the last that varies; empty when none does, or there are no several.
std::string axis_among(const std::vector<std::string>& cols, const std::vector<Record>& records) {
  std::string out;
  if (cols.size() < 2) return out;
  for (const std::string& key : cols) {
    if (!records.empty() && varies(records, key)) out = key;
  }
  for (const std::string& key : cols) {
    const bool numbers = std::all_of(records.begin(), records.end(), [&](const Record& r) {
      return number(r.label(key)).has_value();
    });
    if (!records.empty() && numbers && varies(records, key)) out = key;
  }
  return out;
}

/// "brecq", "bits=4": a number says nothing without the name of its axis.
std::string line_label(const Groups& groups, const std::string& key, const std::string& label) {
  return number(label) ? groups.short_name(key) + "=" + label : label;
}

/// The report with `x` alone in its columns; the other columns become rows.
ReportSpec over(ReportSpec report, const std::string& x) {
  take_out(report.rows, x);
  for (const std::string& key : report.cols) {
    if (key != x) report.rows.push_back(key);
  }
  report.cols = {x};
  return report;
}

std::string x_name(const Groups& groups) {
  std::vector<std::string> names;
  for (const std::string& key : groups.report().cols) names.push_back(groups.short_name(key));
  return joined(names, " / ");
}

/// Where each column stands along x.
std::vector<double> places(const Groups& groups, Plot& plot) {
  std::vector<double> at;
  bool to_scale = groups.report().cols.size() == 1;
  for (const Labels& col : groups.cols()) {
    const std::optional<double> value = to_scale ? number(col.front()) : std::nullopt;
    to_scale = value.has_value();
    if (!to_scale) break;
    at.push_back(*value);
  }
  if (to_scale) {
    const auto [low, high] = std::minmax_element(at.begin(), at.end());
    plot.logarithmic = *low > 0 && *high / *low >= kLogarithmicFrom;
  } else {
    at.clear();
    for (std::size_t i = 0; i < groups.cols().size(); ++i) at.push_back(static_cast<double>(i));
  }
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Labels& col = groups.cols()[i];
    plot.ticks.push_back({at[i], joined(col, " / ")});
  }
  std::sort(plot.ticks.begin(), plot.ticks.end(),
            [](const PlotTick& a, const PlotTick& b) { return a.x < b.x; });
  return at;
}

/// The panel of a row; a new one where there is none yet.
PlotPanel& panel_of(Plot& plot, const std::string& name) {
  const auto found = std::find_if(plot.panels.begin(), plot.panels.end(),
                                  [&](const PlotPanel& panel) { return panel.name == name; });
  if (found != plot.panels.end()) return *found;
  plot.panels.push_back({.name = name, .reference = {}, .lines = {}});
  return plot.panels.back();
}

}  // namespace

Plot build_plot(const std::string& title, const std::vector<std::string>& keys,
                const ReportSpec& spec, const std::vector<Record>& records, const Sweep& sweep,
                const PlotOptions& options) {
  const std::string x =
      options.x.empty() ? axis_among(spec.cols, records) : axis_named(options.x, keys, spec.agg);
  std::string panel = options.panel.empty() ? "" : key_named("--panel", options.panel, keys);
  const Groups groups(keys, x.empty() ? spec : over(spec, x), records, sweep);
  const ReportSpec& report = groups.report();
  core::require_input("plot", groups.cols().size() >= 2,
                      "there must be two values along x; columns of the report: {}; name an axis "
                      "with --x: {}",
                      joined(report.cols, ", "), joined(keys, ", "));
  Plot plot;
  plot.title = title;
  plot.y_name = value_name(report.value);
  plot.x_name = x_name(groups);
  const std::vector<double> at = places(groups, plot);

  if (panel.empty() && varies(records, "model")) panel = "model";
  const auto panel_row = std::find(report.rows.begin(), report.rows.end(), panel);
  std::size_t left_out = 0;
  std::set<std::string> names;  // of lines, in all panels
  bool spread = false;
  for (const Labels& row : groups.rows()) {
    std::string in_panel;
    PlotLine line;
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (report.rows.begin() + static_cast<std::ptrdiff_t>(k) == panel_row)
        in_panel = row[k];
      else
        line.name += (line.name.empty() ? "" : ", ") + line_label(groups, report.rows[k], row[k]);
    }
    for (std::size_t i = 0; i < at.size(); ++i) {
      const Group* group = groups.find(row, groups.cols()[i]);
      if (!group) continue;
      if (!group->complete()) {
        ++left_out;
        continue;
      }
      spread = spread || group->records.size() > 1;
      line.points.push_back({at[i], group->mean, group->sd});
    }
    std::sort(line.points.begin(), line.points.end(),
              [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
    PlotPanel& to = panel_of(plot, in_panel);
    if (const auto reference = groups.reference(row)) to.reference = reference;
    if (line.points.empty()) continue;
    names.insert(line.name);
    to.lines.push_back(std::move(line));
  }
  core::require_input("plot", names.size() <= kMostLines,
                      "{} lines cannot be told apart, at most {} can; choose cells with --filter, "
                      "or put another axis along x (--x) or into panels (--panel): {}",
                      names.size(), kMostLines, joined(report.rows, ", "));
  plot.notes.push_back(groups.value_note(spread));
  if (left_out > 0)
    plot.notes.push_back(
        fmt::format("{} places without a point: cells are missing, failed or diverged", left_out));
  return plot;
}

}  // namespace experiments
