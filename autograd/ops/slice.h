// x[begin : begin + count * step : step] along one axis.  dx is dy scattered into zeros.
#pragma once

#include "autograd/variable.h"

#include <cstdint>

namespace autograd {

/// `count` counts the results; a negative axis counts from the end.
/// throws: ShapeError when the range leaves the axis.
Variable slice(const Variable& x, int axis, std::int64_t begin, std::int64_t count,
               std::int64_t step = 1);

}  // namespace autograd
