// Rates: what the parts of a cell cost on this machine, measured in this process.
//
// What is timed is a pass of a cell's network forward and, where something is learned, backward,
// after a first pass that does not count.
#pragma once

#include "data/dataset.h"
#include "experiments/cell/cost.h"
#include "nn/model.h"
#include "quant/recipe/recipe.h"

namespace experiments {

/// What the parts of a cell cost in this process; takes about half a second.
Rates measured_rates(const nn::Model& model, const quant::Recipe& recipe, double macs,
                     const data::Dataset& dataset);

/// Images a second in this process; takes about a second.
double images_per_second(const nn::Model& model, const quant::Recipe& recipe, double macs);

}  // namespace experiments
