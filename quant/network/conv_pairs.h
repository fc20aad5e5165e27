// Convolutions that follow each other with nothing but a ReLU between them, and what is known of
// the values between them without data.
#pragma once

#include <vector>

#include "nn/layers/conv2d.h"
#include "nn/model.h"

namespace quant {

struct ConvPair {
  nn::Conv2d *first, *second;
};

/// The pairs inside the branches of residual blocks, in order; convolutions in groups end no pair.
std::vector<ConvPair> conv_pairs(nn::Model& model);

/// The mean of max(0, x), x from N(beta, gamma^2): beta (1 - Phi(-beta/gamma)) + gamma
/// phi(-beta/gamma).  source: Nagel et al. 2019 (data-free quantization), appendix C.
double mean_behind_relu(double beta, double gamma);

}  // namespace quant
