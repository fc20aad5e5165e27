// Pool: worker processes that compute cells for a parent.
//
// The parent executes itself as `roundtable cell` and talks over pipes, one JSON value a line: a
// request {id, config} to the worker's standard input, progress {task, done, total, loss} and the
// outcome {id, status, message, top1, seconds} from its standard output.  Results go to files,
// never over the pipe. A worker that dies costs its cell, which is recorded as crashed, and is
// replaced.  Workers die with their parent; a stop is passed on to them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiments/run/outcome.h"
#include "experiments/run/plan.h"

namespace experiments {

struct PoolOptions {
  std::string program;                 // executable, normally /proc/self/exe
  std::vector<std::string> arguments;  // of a worker
  int workers = 2;
  std::string log_folder;  // standard error of worker k goes to worker-<k>.log
};

struct PoolEvents {
  std::function<bool()> stop_requested;
  /// Worker `k` says how far it is with `cell`.
  std::function<void(int k, std::size_t cell, const std::string& text, double share)> progress;
  std::function<void(std::size_t cell, const CellOutcome& outcome)>
      finished;  // ok, diverged, failed, crashed
};

/// Hands `todo` (positions in plan.cells) to workers until all are done or a stop is requested.
/// Cells that were in work when a stop came are not reported.  throws: Error when workers cannot be
/// started.
void run_pool(const Plan& plan, const std::vector<std::size_t>& todo, const PoolOptions& options,
              const PoolEvents& events);

/// The worker's side: reads requests from standard input until it ends.  Returns the exit code.
int worker_loop(Workbench& workbench, const ResultsFolder& folder, const core::Value& process);

}  // namespace experiments
