// Runner: computes the cells of an experiment that are not there yet.
//
// Cells are computed in this process or by worker processes (pool.h); in both cases each finished
// cell is one published file, so a run that is interrupted or killed at any moment goes on where it
// stopped.  A cell that fails is recorded and the grid goes on; failed cells are tried again by the
// next run.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "experiments/cell/workbench.h"
#include "experiments/run/plan.h"
#include "experiments/store/record.h"
#include "experiments/store/store.h"

namespace experiments {

struct RunOptions {
  std::string out;     // results folder; empty: results/<name>
  std::string filter;  // expand.h
  int workers = 1;
  int threads = 0;               // of one worker; 0: what this process may use
  std::size_t memory = 0;        // of one worker, in bytes; 0: any
  std::string scratch;           // folder for what has no room in memory then
  std::int64_t limit = 0;        // at most so many new cells; 0: all
  std::vector<double> expected;  // seconds of each cell of the plan; empty: unknown
  bool force = false;            // compute finished cells again
  std::vector<std::string> argv;
  std::FILE* err = stderr;  // progress goes here
};

/// Positions of the cells that `run` would compute: filtered, not done (or forced), each id once,
/// limited.  A damaged cell is not done.
std::vector<std::size_t> pending_cells(const Plan& plan, const ResultsFolder& folder,
                                       const RunOptions& options);
/// The same, where the records of the plan's cells have been read already.
std::vector<std::size_t> pending_cells(const Plan& plan, const std::vector<Record>& records,
                                       const RunOptions& options);

struct RunSummary {
  std::size_t computed = 0, failed = 0, left = 0;
  bool interrupted = false;
};
/// Computes and publishes.  throws: InputError when results cannot be written.
RunSummary run_cells(const Plan& plan, Workbench& workbench, const ResultsFolder& folder,
                     const RunOptions& options);

}  // namespace experiments
