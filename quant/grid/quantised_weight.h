// QuantisedWeight: a float weight with its quantiser, and what it is once its codes are chosen.
#pragma once

#include "quant/grid/grid.h"

namespace quant {

/// A weight with its frozen quantiser.
struct QuantisedWeight {
  core::Tensor w;
  Grid grid;
  QParams q;
};

/// A weight after quantisation: w = s (code - z), or s level(code).
struct BakedWeight {
  QuantisedWeight original;  // the float weight (batch norm folded) with its quantiser
  core::Tensor codes;        // s32
};

}  // namespace quant
