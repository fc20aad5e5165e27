// Baking: the codes of a weight become what stands in the quantised network.
#pragma once

#include <string>
#include <vector>

#include "quant/result/quantised.h"

namespace quant {

/// Puts the dequantised codes into the pass and stores them; the map says on which levels they
/// stand.
void bake(Quantised& out, const std::string& parameter, const QuantisedWeight& weight,
          core::Tensor codes);

/// Back to the codes that are stored, after soft weights stood in the pass.
void bake_again(Quantised& out, const std::vector<std::string>& parameters);

}  // namespace quant
