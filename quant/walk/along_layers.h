// A walk along the layers of a quantised network for repairs: each layer with what comes into it in
// the float and in the quantised network, which has the repairs of the layers before it.
#pragma once

#include <functional>

#include "quant/quantise.h"
#include "quant/walk/walk.h"

namespace quant {

struct LayerInputs {
  nn::Weighted* layer;
  core::Tensor x_float, x_quant;  // rows are samples; x_quant behind the quantiser of the input
};

/// Calls fn for every layer in order; it may change parameters in out.pass.
/// throws: Interrupted when the monitor of `aids` asks to stop.
void along_layers(Quantised& out, const core::Tensor& images, const WalkAids& aids,
                  const std::function<void(const LayerInputs&)>& fn);

/// The mean of what the outputs of a layer read: of w . x over all rows is then w . mean.
/// shapes: x as the layer's input -> the weight's.  dtype: f64.
core::Tensor mean_window(const nn::Weighted& layer, const core::Tensor& x);

/// Sums of a * b over each first axis.  shapes: a, b equal -> (O).
std::vector<double> row_products(const core::Tensor& a, const core::Tensor& b);

}  // namespace quant
