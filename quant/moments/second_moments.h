// The mean of x xT over all rows that the outputs of a layer read: the Hessian of its squared error
// by any row of its weight, up to the factor 2.
#pragma once

#include "nn/layers/weighted.h"

namespace quant {

/// shapes: x (N, ..) as the layer's input -> (G, K, K), K elements of an output's weight.  dtype:
/// f64; rows are read in pieces and products formed in the type of the weight.
/// throws: ShapeError for an empty x.
core::Tensor second_moments(const nn::Weighted& layer, const core::Tensor& x);

}  // namespace quant
