// How far images are from what a batch normalisation has seen: the statistics of each image alone
// (mean and standard deviation over its positions, per channel) against given ones.
//
// d_n = mean_c [(mean_nc - m_c)^2 + (std_nc - s_c)^2], std = sqrt(unbiased variance + 1e-6); with a
// single position the variance is 0.
// source: ZeroQ (2001.00281), eq. 3, and its released code (per-image statistics, eps, division by
// the channels).
#pragma once

#include <vector>

#include "autograd/variable.h"
#include "nn/layers/batch_norm2d.h"

namespace quant {

struct ChannelStatistics {
  std::vector<double> mean, std;
};
/// The running statistics of a layer.
ChannelStatistics running_statistics(const nn::BatchNorm2d& bn);

/// shapes: x (N, .., C), target (C) -> f64 (N).
core::Tensor statistics_distance(const core::Tensor& x, const ChannelStatistics& target);

/// Mean of the distances, a scalar in the dtype of x; differentiable.
autograd::Variable statistics_loss(const autograd::Variable& x, const ChannelStatistics& target);

}  // namespace quant
