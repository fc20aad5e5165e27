// Units: how many units ended with a hard loss that is at most that of round to nearest.
//
// Every finished cell logs the loss of each unit before anything was learned and with what was
// baked in the end, on the same calibration images.  Counted are the units that learned, in both
// phases, of all cells of a method, a network and a pair of widths; with a sweep, of the chosen
// cells. source: methods, acceptance check (a): at least 95 % of units.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiments/results/report.h"
#include "experiments/store/store.h"

namespace experiments {

inline constexpr double kRequiredShare = 0.95;

struct UnitShare {
  std::string method, model;
  int w_bits = 0, a_bits = 0;
  std::size_t cells = 0;            // finished; diverged ones included
  std::size_t units = 0, good = 0;  // that learned; of these with hard loss <= that of RTN
  double worst = 0;                 // largest ratio hard / RTN, infinite where one is not finite
  std::string worst_unit;           // "layer1.0 (weights)"
  std::string worst_cell;           // id

  /// Nothing where no unit learned.
  std::optional<double> share() const;
  bool enough() const { return !share() || *share() >= kRequiredShare; }
};

/// In order of first appearance in the index; groups without a finished cell are left out.
std::vector<UnitShare> unit_shares(const Index& index, const ResultsFolder& folder);

/// One row a group; the notes say how many groups reach the share that is required.
Table units_table(const std::vector<UnitShare>& shares);
core::Value units_value(const std::vector<UnitShare>& shares);

}  // namespace experiments
