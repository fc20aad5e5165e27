// Joins variables along an axis.  Each input gets its own slice of dy as gradient.
#pragma once

#include "autograd/variable.h"

#include <vector>

namespace autograd {

/// shapes: equal except along `axis`; a negative axis counts from the end.
/// throws: ShapeError; also for an empty list.
Variable concat(const std::vector<Variable>& parts, int axis);

}  // namespace autograd
