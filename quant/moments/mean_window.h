// First moments: the mean of what the outputs of a layer read, and sums over rows.
#pragma once

#include <vector>

#include "nn/layers/weighted.h"

namespace quant {

/// The mean of what the outputs of a layer read: of w . x over all rows is then w . mean.
/// shapes: x as the layer's input -> the weight's.  dtype: f64.
core::Tensor mean_window(const nn::Weighted& layer, const core::Tensor& x);

/// Sums of a * b over each first axis.  shapes: a, b equal -> (O).
std::vector<double> row_products(const core::Tensor& a, const core::Tensor& b);

}  // namespace quant
