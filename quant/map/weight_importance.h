// How much the error of each single weight matters, from a few calibration images.
//
//   fisher   diagonal of the Fisher information: the mean over images of sum_c p_c (d ln p_c /
//   dw)^2
//            with the network's own probabilities; classes below 1 % are left out
//   moments  the mean of the squared input that the weight is multiplied with: the diagonal of the
//            layer's Hessian under a squared error
// source: SqueezeLLM (Fisher diagonal of k-means), OBQ and GPTQ (diagonal of the input moments).
#pragma once

#include <vector>

#include "nn/model.h"
#include "quant/map/quantiser_map.h"
#include "quant/weight_grid/weight_grid.h"

namespace quant {

inline constexpr std::int64_t kImportanceImages = 32;
inline constexpr double kLeastProbability = 0.01;

/// One tensor a site, shape of its weight, f64.  images: (N,H,W,C); the first kImportanceImages are
/// used.  Nothing for ErrorWeight::none.
std::vector<core::Tensor> weight_importance(nn::Model& model,
                                            std::span<const WeightSite* const> sites,
                                            const core::Tensor& images, ErrorWeight kind);

}  // namespace quant
