// Codes: rounding to the nearest level of a grid, and back.
//
// n = clip(round(x / s) + z) with ties to even and x_hat = s (n - z), or s level(n) on a grid with
// levels (levels.h).  Without gradients; variable/on_grid.h has those.
#pragma once

#include "quant/grid/grid.h"

namespace quant {

/// Codes as s32, same shape.  throws: ShapeError when the entries do not divide x or dtypes differ.
core::Tensor quantise_codes(const core::Tensor& x, const QParams& q, const Grid& grid);
/// s (n - z), or s level(n), in the dtype of the steps.
core::Tensor dequantise(const core::Tensor& codes, const QParams& q, const Grid& grid);
/// Round to nearest: dequantise(quantise_codes(x)).
core::Tensor fake_quantise(const core::Tensor& x, const QParams& q, const Grid& grid);

/// Share of elements whose rounded code lies outside [qmin, qmax].
double clipped_share(const core::Tensor& x, const QParams& q, const Grid& grid);

}  // namespace quant
