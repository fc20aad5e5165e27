// LayerFacts: what a budget needs to know of the layers of a network: sizes, multiply-accumulates,
// the bits of what they read, and who reads the same values.
//
// Found by one plain run on a blank image.  The bits of an input are those of the quantiser that
// the value passed on its way in; a value made by other means (pooling) counts as the activation
// quantised last.
#pragma once

#include <vector>

#include "quant/map/quantiser_map.h"

namespace quant {

struct LayerFacts {
  std::int64_t elements = 0;  // of the weight
  std::int64_t macs = 0;      // of one image
  int act_bits = kBitsOff;    // of the input; kBitsOff: not quantised
  std::size_t group = 0;      // equal for layers that read the same values
};

/// One for each weight of the map, in its order.
std::vector<LayerFacts> layer_facts(nn::Model& model, const QuantiserMap& map);

}  // namespace quant
