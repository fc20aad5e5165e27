// The mean gradient along a straight path of weights: what integrated gradients are made of.
//
// source: Sundararajan et al. 2017 (integrated gradients); the midpoint rule is ours.
#pragma once

#include <span>
#include <vector>

#include "quant/importance/network_loss.h"

namespace quant {

/// The mean over k = 1 .. steps of the gradient at from + ((k - 1/2) / steps) (to - from), for each
/// weight.  together: all weights move on one path; else each moves by itself, the others float.
/// shapes: from, to: one tensor a weight.
std::vector<core::Tensor> path_gradient(const NetworkLoss& loss, LossOf what,
                                        std::span<const core::Tensor> from,
                                        std::span<const core::Tensor> to, std::int64_t steps,
                                        bool together);

}  // namespace quant
