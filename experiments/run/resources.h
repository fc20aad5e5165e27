// Resources: how many cells are computed at once, with how many threads and how much memory each.
//
// What the command line says wins.  Otherwise every division of the threads that memory allows is
// measured with one of the cells (probe.h), unless the run is too short for that to pay, and the
// one that finishes the cells first is taken; when several are about as fast, the one with the most
// workers, whose digits depend least on the machine.  A limit that no division keeps is refused.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "experiments/run/probe.h"
#include "experiments/run/runner.h"

namespace experiments {

struct Demands {
  int workers = 0;         // 0: choose
  int threads = 0;         // of all workers; 0: what this process may use
  std::size_t memory = 0;  // of all workers; 0: what the machine has left
  std::string scratch;     // where inputs and targets go that memory has no room for
};

struct Resources {
  int workers = 1, threads = 1;  // threads of one worker
  std::size_t memory = 0;        // of one worker
  std::string scratch;
  double largest_mb = 0;             // what the largest cell needs of one process
  bool spills = false;               // some cell keeps inputs and targets in files
  std::vector<std::string> reasons;  // a line each: rates, memory, the choice
};

/// What the largest cell needs of one process.
struct LargestCell {
  double least = 0, all = 0, stored = 0;  // as CellMemory, with what the process takes by itself
  std::string which;                      // "resnet50 brecq 4, unit layer1.0"
};

struct Situation {
  std::size_t cells = 0;
  double seconds = 0;  // that one worker is predicted to take
  LargestCell largest;
  /// What the limits of one process (ulimit -v, -d) let it hold, in the terms of `largest`.
  double process_limit = std::numeric_limits<double>::infinity();
  std::function<double(const Split&)> measure;  // probe_split of one cell
};

/// throws: InputError when a limit that was asked for cannot be kept.
Resources choose_resources(const Demands& demands, const Situation& situation);

/// The situation of the cells to do; the workbench has resolved them.
Situation situation_of(const Plan& plan, const std::vector<std::size_t>& todo, Workbench& workbench,
                       double seconds);

}  // namespace experiments
