// Scale reparameterisation of a layer norm and the layer that reads it: steps and zero points of
// the channels become one step and one zero point, and the function stays the same.
//
// With targets s = mean s_c and z = mean z_c, r = s_c / s and b = -z_c s_c / r + z s:
//   norm: gamma / r, beta / r - b      layer: W[:,c] r_c, bias + (new W) b
// so that what leaves the norm is x / r - b, which stands on (s, z) as x stood on (s_c, z_c).
// source: Li et al. 2023 (RepQ-ViT), section 3.2; released code.
#pragma once

#include "nn/layers/layer_norm.h"
#include "nn/layers/linear.h"

namespace quant {

/// steps and zeros: one a channel, steps above 0; a channel with step 0 (it never changes) takes
/// the targets and stays as it is.  throws: ShapeError when their number is not that of the
/// channels, Error when the layer has no bias.
void reparameterise(nn::LayerNorm& norm, nn::Linear& layer, std::span<const double> steps,
                    std::span<const double> zeros);

}  // namespace quant
