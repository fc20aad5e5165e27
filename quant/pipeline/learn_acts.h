// Steps of activation quantisers, learned unit by unit after the weights.
#pragma once

#include "quant/pipeline/job.h"

namespace quant {

/// Nothing happens where the recipe learns none, or learns them with the weights.  job.out.status
/// tells of a divergence, which ends it.  images: of the calibration set.
/// throws: core::Interrupted.
void learn_acts(const Job& job, const core::Tensor& images);

}  // namespace quant
