// Probe: how many images a second this machine learns from, in one process or in several at once.
//
// Several processes are timed (cell/rates.h) while they compete for cores, caches and memory, as
// workers do.
#pragma once

#include <string>

#include "experiments/cell/workbench.h"

namespace experiments {

struct Split {
  int workers = 1, threads = 1;  // threads of one worker
};

/// Images a second of all workers together.  `program` is this executable, `file` the experiment.
/// throws: Error when a worker cannot be started or does not answer.
double probe_split(const std::string& program, const std::string& file, const Cell& cell,
                   const Split& split);

/// The worker's side: reads a cell's configuration from standard input and prints the rate.
void answer_probe(Workbench& workbench);

}  // namespace experiments
