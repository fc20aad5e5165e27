// A walk along the layers of a quantised network for repairs: each layer with what comes into it in
// the float and in the quantised network, which has the repairs of the layers before it.
#pragma once

#include "quant/repair/repair.h"
#include "quant/walk/walk.h"

namespace quant {

/// Calls the visitor for every layer in order; it may change parameters in `pass`.
/// throws: Interrupted when the monitor of `aids` asks to stop.
void along_layers(nn::Model& model, const QuantiserMap& map, QuantPass& pass,
                  const core::Tensor& images, const WalkAids& aids, const LayerVisit& visit);

}  // namespace quant
