// Distribution correction: float inputs of a block are moved until the statistics at the batch
// normalisations inside the block are the running ones of training, without leaving the input far.
//
// loss = sum over batch norms and channels of (mean - mu)^2 + (std - sigma)^2, averaged over
// samples
//      + |x - x0|^2 / lambda_c (summed over channels, averaged over samples and positions),
// statistics of each sample alone over its positions; Adam on x, the rate falls on a plateau.
// The block is that of the network before folding, so mu and sigma are the stored running mean and
// sqrt(variance + 1e-6) of what enters its batch norms.  source: PD-Quant (Liu et al. 2023),
// section 3.4, and its released code: 500 steps, rate 1e-3 down to 1e-5 (patience 100), lambda_c =
// 0.02.
#pragma once

#include "core/scratch.h"
#include "core/system/monitor.h"
#include "nn/pass.h"
#include "quant/recipe/bn_correction.h"

namespace quant {

/// The corrected rows of x, in batches that do not know of each other; x itself, unchanged, when no
/// batch normalisation runs in `block`.
/// throws: Interrupted when the monitor asks to stop; Error when the loss is not finite.
core::Tensor correct_input(const nn::Forward& block, const core::Tensor& x,
                           const BnCorrection& options, core::Monitor* monitor,
                           const core::Scratch& scratch = {});

}  // namespace quant
