// Classification losses over rows, fused with the (log-)softmax, f32 and f64.
//
// Row sums and the mean accumulate in double in a fixed order.  A row with NaN gives NaN.
#pragma once

#include "core/tensor.h"

namespace core {

/// A scalar loss and what its backward needs.
struct RowLoss {
  Tensor loss;   // scalar
  Tensor log_q;  // log-softmax of the (scaled) logits
};

/// mean_n of -sum_c t_nc ln softmax(logits)_nc with t = (1 - e) onehot(label) + e / C.
/// shapes: logits (N, C), labels s64 (N).
/// throws: ShapeError, also for a label outside [0, C).
RowLoss cross_entropy(const Tensor& logits, const Tensor& labels, double smoothing);
/// dlogits = dy (q - t) / N.
Tensor cross_entropy_backward(double dy, const Tensor& log_q, const Tensor& labels,
                              double smoothing);

/// mean over rows of sum_c p ln(p / q), q = softmax(logits / T); terms with p = 0 count as 0.
/// shapes: p and logits (.., C).
RowLoss kl_divergence(const Tensor& p, const Tensor& logits, double temperature);
/// dlogits = dy (q sum(p) - p) / (T N): sum(p) is 1 for probabilities, up to rounding.
Tensor kl_divergence_backward(double dy, const Tensor& p, const Tensor& log_q, double temperature);

}  // namespace core
