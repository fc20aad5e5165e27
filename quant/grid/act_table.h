// ActTable: the levels of an activation where they are not evenly spaced, and the differentiable
// step onto them.
//
// x_hat = s level(cell of x / s): cells are given by their cuts, so that roundings of values, of
// exponents and of two ranges are all tables.  Gradients are straight-through: dx = dy between the
// two ends and 0 beyond; ds = sum of dy (level - x / s) between the ends and dy level beyond, as
// LSQ.  What is learned is therefore one factor on all levels; their shape is frozen.
// source: gradients as Esser et al. 2020 (LSQ) on a table, own derivation.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "autograd/variable.h"
#include "core/kernels/mask.h"

namespace quant {

struct ActTable {
  std::vector<double> levels;  // in steps, not decreasing
  std::vector<double> cuts;    // one fewer, increasing; a value at a cut belongs above
  double lo, hi;               // ends of what counts as inside, in steps
  double step;                 // s to start with

  /// throws: ShapeError unless there are levels, cuts between them, and a positive step.
  void check() const;
};

struct TableOptions {
  double grad_scale = 1.0;                            // of ds
  std::optional<core::Choice> choice = std::nullopt;  // elements that it does not take stay float
};
/// NaN stays NaN and stops the gradient of x.
/// shapes: x any; scale (1).  dtype: x f32, f64 or bf16, scale in the arithmetic of x.
/// throws: ShapeError.
autograd::Variable on_table(const autograd::Variable& x, const autograd::Variable& scale,
                            std::shared_ptr<const ActTable> table, const TableOptions& options);

}  // namespace quant
