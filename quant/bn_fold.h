// Folding of batch normalisation into the convolution before it:
// W' = W gamma / sqrt(var + eps), b' = beta + (b - mean) gamma / sqrt(var + eps).
//
// Must happen before ranges are chosen, roundings start and activations are cached.
// source: AIMET (batch-norm folding).
#pragma once

#include "nn/model.h"

namespace quant {

/// Folds every pair of `model` in place; returns how many.  A model that is folded already is left
/// alone.
int fold_batch_norms(nn::Model& model);

}  // namespace quant
