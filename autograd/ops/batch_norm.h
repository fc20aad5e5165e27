// Batch normalisation in its training form: statistics of this batch over all axes but the last.
// y = gamma (x - mean) / sqrt(var + eps) + beta with the biased variance.  The gradient goes
// through the statistics.  The batch mean and the unbiased variance are handed back for the running
// averages (PyTorch's convention).  Smooth for eps > 0; NaN spreads over its channel. source: Ioffe
// & Szegedy 2015, algorithm 1.
#pragma once

#include "autograd/variable.h"

namespace autograd {

struct BatchNormResult {
  Variable y;
  core::Tensor mean;          // (C)
  core::Tensor unbiased_var;  // (C), divided by M - 1
};
/// shapes: x (.., C), gamma (C), beta (C).  dtype: f32 or f64.
/// throws: ShapeError; also when there is one value per channel only (its variance says nothing).
BatchNormResult batch_norm(const Variable& x, const Variable& gamma, const Variable& beta,
                           double eps);

}  // namespace autograd
