// The ranges of the weight quantisers, and round to nearest on them.
#pragma once

#include "quant/pipeline/job.h"

namespace quant {

/// Every quantised weight gets its range, its levels and its nearest codes.
void round_to_nearest(const Job& job, const core::Tensor& images);

/// Steps that look at what comes into their layer: along the network, each layer behind those
/// before it, which are rounded to nearest.  Nothing happens where the recipe has none.
void set_steps_on_inputs(const Job& job, const core::Tensor& images);

}  // namespace quant
