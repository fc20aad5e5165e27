// Zeros before and after along one axis.  dx is the inner slice of dy.
#pragma once

#include "autograd/variable.h"

#include <cstdint>

namespace autograd {

/// A negative axis counts from the end.
/// throws: ShapeError for negative amounts.
Variable pad(const Variable& x, int axis, std::int64_t before, std::int64_t after);

}  // namespace autograd
