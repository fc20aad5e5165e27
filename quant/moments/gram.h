// The gram engine: a layer's squared error over the whole calibration set from second moments,
// which are gathered once.
//
// With x_hat the input from the quantised prefix, x the one of the target and D = w_hat - w, the
// error of an output is D x_hat + w (x_hat - x), so its mean square needs only A = mean x_hat
// x_hatT and E = mean w (x_hat - x) x_hatT: a step costs one product of the size of the weight with
// A, sees every sample, and its gradient is exact.
//
// source: the quadratic form of AdaRound, section 3 (eq. 20), over all samples.
// deviation: no activation function stands in this loss (AdaRound, eq. 25, has the ReLU that
// follows a layer); the losses of the log are those of the layer with it.
#pragma once

#include "nn/layers/weighted.h"

namespace quant {

struct GramMoments {
  const nn::Weighted* layer = nullptr;
  core::Tensor a = {};  // (G, K, K)
  core::Tensor e = {};  // (G, O/G, K)
  double constant = 0;  // the error that is there with the float weight
};

/// x: what the layer sees while it learns; x_target: what its target is computed from (the same
/// tensor: no error but that of the weight).  shapes: equal, samples first.  The layer must outlive
/// the result.  precision: of w (x_hat - x) and its moments; A is f32's.
GramMoments gram_moments(const nn::Weighted& layer, const core::Tensor& x,
                         const core::Tensor& x_target,
                         core::Precision precision = core::Precision::f32);

/// Mean over samples and positions of the sum over outputs of the squared error, for the weight
/// that stands in `pass`.
autograd::Variable gram_loss(const GramMoments& moments, nn::Pass& pass);

}  // namespace quant
