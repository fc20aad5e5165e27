// Probe: how many images a second this machine learns from, in one process or in several at once.
//
// What is timed is a pass of a cell's network forward and, where something is learned, backward,
// for about a second after a first pass that does not count.  Several processes are timed while
// they compete for cores, caches and memory, as workers do.
#pragma once

#include <string>

#include "experiments/cell/cost.h"
#include "experiments/cell/workbench.h"

namespace experiments {

/// What the parts of a cell cost in this process; takes about half a second.
Rates measured_rates(const nn::Model& model, const quant::Recipe& recipe, double macs,
                     const data::Dataset& dataset);

/// Images a second in this process.
double images_per_second(const nn::Model& model, const quant::Recipe& recipe, double macs);

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
