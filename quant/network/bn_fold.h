// Folding of batch normalisation into the convolution before it:
// W' = W gamma / sqrt(var + eps), b' = beta + (b - mean) gamma / sqrt(var + eps).
//
// Must happen before ranges are chosen, roundings start and activations are cached.
// source: AIMET (batch-norm folding).
#pragma once

#include "nn/model.h"
#include "quant/network/folded_norms.h"

namespace quant {

/// Folds every pair of `model` in place; returns how many.  A model that is folded already is left
/// alone.
int fold_batch_norms(nn::Model& model);

/// Scales and shifts of the batch norms of `model` that are not folded yet.
FoldedNorms norms_to_fold(nn::Model& model);

/// True when the network has a batch normalisation that is not folded away.
bool has_batch_norm(nn::Model& model);

}  // namespace quant
