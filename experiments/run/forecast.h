// Forecast: how long the cells of a plan will take here.
//
// The parts of a cell's cost (cost.h) are measured once for each kind of cell: the same network,
// data, precision, batch and ranges.  Cells that are finished correct the sums.
#pragma once

#include <vector>

#include "experiments/run/plan.h"
#include "experiments/store/record.h"

namespace experiments {

struct Forecast {
  std::vector<double> seconds;  // of every cell of the plan; 0 where it will not run
  double total = 0;             // of those to do, one after the other, with what comes before
  bool calibrated = false;      // by finished cells
};

/// records: of the cells of the plan.  `start` seconds went by until the plan was there, as they will before the first cell.
Forecast forecast_of(const Plan& plan, const std::vector<Record>& records,
                     const std::vector<std::size_t>& todo, Workbench& workbench, double start);

}  // namespace experiments
