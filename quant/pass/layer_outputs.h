// The outputs of the layers inside a unit, and how much each should count: what a student network
// is compared with its teacher at.
//
// A layer's output is what leaves a convolution or linear layer, after the ReLU where one follows
// directly, and the ReLU after a residual sum; before any activation quantiser.
// source: MCT (compare points of gradient-based PTQ, float outputs).
// deviation: MCT compares before the ReLU, which our fused layers do not show.
#pragma once

#include <vector>

#include "nn/wrap_pass.h"

namespace quant {

class LayerOutputsPass final : public nn::WrapPass {
 public:
  using nn::WrapPass::WrapPass;
  autograd::Variable output(const nn::Module& m, const autograd::Variable& y) override;

  std::vector<autograd::Variable> outputs;  // in order of execution
};

struct ScoreOptions {
  std::int64_t draws = 100, samples = 32;  // source: MCT
};

/// One weight a layer of `network` (images -> logits (N, K)), from label-free Hessian scores: for v
/// of random signs, s_l = E_v |d(v . logits)/d a_l|^2 for each image, divided by its sum over the
/// layers, averaged over images; the weight is log10 s_l minus the smallest of them, so that the
/// least sensitive layer counts nothing.  Scores of zero count as the smallest other one; layers
/// that are all alike weigh 1. source: MCT, hessian info service and GPTQTrainer (norm_scores and
/// log_norm on).
std::vector<double> hessian_weights(const nn::Forward& network, const core::Tensor& images,
                                    const ScoreOptions& options, nn::Pass& float_pass,
                                    const core::Rng& rng);

}  // namespace quant
