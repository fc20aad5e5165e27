// Roundings of all units, learned in steps or found by a solver, one unit after another.
#pragma once

#include "quant/pipeline/job.h"

namespace quant {

/// Codes are baked at the end of each unit; job.out.status tells of a divergence, which ends it.
/// images: of the calibration set.  throws: core::Interrupted.
void learn_weights(const Job& job, const core::Tensor& images);

}  // namespace quant
