// x stretched to a shape (axes aligned from the last).  The gradient is summed back to the shape of
// x.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// throws: ShapeError when x does not broadcast to `shape`.
Variable broadcast_to(const Variable& x, const core::Shape& shape);

}  // namespace autograd
