// The same elements under another shape; free (a view).  The gradient is reshaped back.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: any to any with as many elements.
/// throws: ShapeError when the counts differ.
Variable reshape(const Variable& x, const core::Shape& shape);

}  // namespace autograd
