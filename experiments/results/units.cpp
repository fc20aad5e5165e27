#include "experiments/results/units.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/error.h"
#include "experiments/cell/cell_file.h"
#include "experiments/results/choose.h"
#include "experiments/results/read_records.h"

namespace experiments {
namespace {

/// hard / rtn; two equal losses give 1, zeros included.
double ratio(double hard, double rtn) {
  if (hard == rtn) return 1.0;
  const double out = hard / rtn;
  return std::isfinite(out) ? out : std::numeric_limits<double>::infinity();
}

/// What is counted of one cell.
struct UnitColumns {
  std::vector<std::string> path, phase;
  std::vector<double> steps, rtn, hard;
};

const std::vector<std::string>& unit_datasets() {
  static const std::vector<std::string> names{"units/path", "units/phase", "units/iterations",
                                              "units/loss_rtn", "units/loss_hard"};
  return names;
}

UnitColumns columns_of(const H5Content& cell) {
  UnitColumns out{
      .path = cell.texts("units/path"), .phase = {}, .steps = {}, .rtn = {}, .hard = {}};
  const std::size_t n = out.path.size();
  out.phase = cell.texts("units/phase", n);
  out.steps = cell.numbers("units/iterations", n);
  out.rtn = cell.numbers("units/loss_rtn", n);
  out.hard = cell.numbers("units/loss_hard", n);
  return out;
}

void count(const UnitColumns& of, const std::string& id, UnitShare& to) {
  ++to.cells;
  for (std::size_t i = 0; i < of.path.size(); ++i) {
    if (of.steps[i] == 0) continue;
    ++to.units;
    if (of.hard[i] <= of.rtn[i]) ++to.good;
    const double r = ratio(of.hard[i], of.rtn[i]);
    if (to.units > 1 && r <= to.worst) continue;
    to.worst = r;
    to.worst_unit = fmt::format("{} ({})", of.path[i], of.phase[i]);
    to.worst_cell = id;
  }
}

/// "W4A8", or "WmixA8" of mixed precision.
std::string bits_text(const UnitShare& s) {
  return fmt::format("W{}A{}", s.w_bits == 0 ? "mix" : std::to_string(s.w_bits), s.a_bits);
}

}  // namespace

std::optional<double> UnitShare::share() const {
  if (units == 0) return std::nullopt;
  return static_cast<double>(good) / static_cast<double>(units);
}

std::vector<UnitShare> unit_shares(const Index& index, const ResultsFolder& folder) {
  std::map<std::string, UnitColumns> columns;  // of the finished cells
  const std::vector<Record> records = read_records(
      index, folder, unit_datasets(),
      [&](const Record& r, const H5Content& cell) { columns[r.id] = columns_of(cell); });
  std::vector<std::size_t> counted;
  if (index.sweep.empty()) {
    for (std::size_t i = 0; i < records.size(); ++i) counted.push_back(i);
  } else {
    for (const Chosen& cell : choose(records, index.sweep)) {
      if (cell.decided) counted.insert(counted.end(), cell.records.begin(), cell.records.end());
    }
  }
  std::vector<UnitShare> out;
  std::set<std::string> seen;
  for (const std::size_t i : counted) {
    const IndexEntry& e = index.cells[i];
    if (!records[i].done() || !seen.insert(e.id).second) continue;
    auto found = std::find_if(out.begin(), out.end(), [&](const UnitShare& s) {
      return s.method == e.method && s.model == e.model && s.w_bits == e.w_bits &&
             s.a_bits == e.a_bits;
    });
    if (found == out.end()) {
      out.push_back({.method = e.method,
                     .model = e.model,
                     .w_bits = e.w_bits,
                     .a_bits = e.a_bits,
                     .worst_unit = "",
                     .worst_cell = ""});
      found = out.end() - 1;
    }
    count(columns.at(e.id), e.id, *found);
  }
  return out;
}

Table units_table(const std::vector<UnitShare>& shares) {
  Table table{.title = "Units whose final hard loss is at most that of round to nearest",
              .header = {"model", "method", "bits", "cells", "units", "share", "worst ratio",
                         "cell", "worst unit"},
              .rows = {},
              .labels = 3,
              .notes = {}};
  std::size_t enough = 0, learned = 0;
  for (const UnitShare& s : shares) {
    std::vector<std::string> row{s.model, s.method, bits_text(s), std::to_string(s.cells),
                                 std::to_string(s.units)};
    if (s.share()) {
      ++learned;
      enough += s.enough() ? 1 : 0;
      const std::vector<std::string> rest{
          fmt::format("{:.1f} %{}", 100 * *s.share(), s.enough() ? "" : " (low)"),
          fmt::format("{:.4g}", s.worst), s.worst_cell.substr(0, 12), s.worst_unit};
      row.insert(row.end(), rest.begin(), rest.end());
    } else {
      row.insert(row.end(), {"–", "–", "", "nothing learned"});
    }
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(
      fmt::format("{} of {} groups that learn reach the {:.0f} % that are required", enough,
                  learned, 100 * kRequiredShare));
  return table;
}

core::Value units_value(const std::vector<UnitShare>& shares) {
  core::Value::List out;
  for (const UnitShare& s : shares) {
    core::Value::Map row{{"model", s.model},
                         {"method", s.method},
                         {"w_bits", s.w_bits},
                         {"a_bits", s.a_bits},
                         {"cells", static_cast<std::int64_t>(s.cells)},
                         {"units", static_cast<std::int64_t>(s.units)},
                         {"good", static_cast<std::int64_t>(s.good)}};
    const bool finite = std::isfinite(s.worst);  // JSON has no infinity
    row.insert(row.end(),
               {{"share", s.share() ? core::Value(*s.share()) : core::Value()},
                {"enough", s.enough()},
                {"worst_ratio", s.share() && finite ? core::Value(s.worst) : core::Value()},
                {"worst_unit", s.worst_unit},
                {"worst_cell", s.worst_cell}});
    out.emplace_back(std::move(row));
  }
  return core::Value(std::move(out));
}

}  // namespace experiments
