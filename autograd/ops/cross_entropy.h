// Mean cross entropy of logits against labels, log-softmax and likelihood in one op.
// loss = mean_n of -sum_c t_nc ln q_nc with q = softmax(logits) and t = (1 - e) onehot + e / C
// (label smoothing e).  dlogits = (q - t) / N.  A row with NaN gives NaN.
// source: Szegedy et al. 2016, section 7 (label smoothing; PyTorch's convention of e / C).
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: logits (N, C), labels s64 (N) -> scalar.  dtype: f32 or f64.
/// throws: ShapeError, also for a label outside [0, C) or label_smoothing outside [0, 1].
Variable cross_entropy(const Variable& logits, const core::Tensor& labels,
                       double label_smoothing = 0.0);

}  // namespace autograd
