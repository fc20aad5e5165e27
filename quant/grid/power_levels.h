// The power quantiser: n = round(sgn(w) q (|w|/m)^a), w_hat = m sgn(n) |n/q|^(1/a), q the largest
// code of a narrow symmetric grid, m = q s the largest level, a the exponent (QParams::warp, one
// entry for the tensor).
//
// a = 1 is the uniform grid bit for bit, a < 1 packs the levels near zero.  Straight-through slopes
// use |n|/q of at least half a code, without which the weights at zero would never move (a < 1) or
// fly off (a > 1).  source: Yvinec et al. 2023 (PowerQuant) and 2023 (NUPES); gradients and their
// stabilisation own derivation.
#pragma once

#include "quant/grid/levels.h"
#include "quant/grid/quantised_weight.h"

namespace quant {

inline constexpr double kSmallestExponent = 0.2;
inline constexpr double kLargestExponent = 1.5;

/// The level function.
const Levels& power_levels();

/// sum ||W - W_hat(a)||^2 over weights with one exponent.  units/dtype: double, in order.
double power_error(std::span<const QuantisedWeight> weights, double exponent);

/// The exponent in [0.2, 1.2] that minimises power_error: the best of a grid of step 0.05, then
/// golden section around it; the first of equals wins.  The error is only piecewise smooth in a,
/// so no derivatives.  throws: ShapeError without weights.
double search_exponent(std::span<const QuantisedWeight> weights);

}  // namespace quant
