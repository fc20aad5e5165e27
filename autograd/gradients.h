// gradients(y, wrt): reverse-mode differentiation as a function of its targets.
//
// Iterative (no recursion), restricted to the paths that lead from y to a wanted variable;
// everything else is neither computed nor stored.  Gradients accumulate in a fixed order, so
// results are repeatable.
#pragma once

#include <span>
#include <vector>

#include "autograd/variable.h"

namespace autograd {

/// dy/dw for each w in `wrt`, in order; zeros for a variable that y does not depend on.
/// shapes: y any; `dy` the cotangent, same shape as y; nullptr means 1 and needs a scalar y.
/// throws: ShapeError; Error when an element of wrt does not require a gradient.
std::vector<core::Tensor> gradients(const Variable& y, std::span<const Variable> wrt,
                                    const core::Tensor* dy = nullptr);

}  // namespace autograd
