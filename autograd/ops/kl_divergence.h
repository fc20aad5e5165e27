// KL(p || q) of rows, averaged over the rows ("batchmean"): the target p is a constant, q =
// softmax(z / T). dz = (q - p) / (T N), times T^2 when `times_t_squared` (Hinton et al. 2015 keep
// the gradient scale so). Terms with p = 0 count as 0.  A row with NaN gives NaN.
#pragma once

#include "autograd/variable.h"

namespace autograd {

struct KlOptions {
  double temperature = 1.0;      // T of both softmaxes
  bool times_t_squared = false;  // multiply the loss by T^2
};
/// `p` holds probabilities (rows that sum to 1), used as they are.
/// shapes: p (.., C), logits (.., C) -> scalar.  dtype: f32 or f64, equal.
/// throws: ShapeError, also unless T > 0.
Variable kl_divergence(const core::Tensor& p, const Variable& logits,
                       const KlOptions& options = {});
/// The same with p = softmax(target_logits / T).
Variable kl_divergence_logits(const core::Tensor& target_logits, const Variable& logits,
                              const KlOptions& options = {});

}  // namespace autograd
