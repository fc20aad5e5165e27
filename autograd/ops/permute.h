// Axes in another order: y.shape[i] = x.shape[order[i]].  The gradient takes the inverse order.
#pragma once

#include "autograd/variable.h"

#include <vector>

namespace autograd {

/// throws: ShapeError unless `order` is a permutation of the axes.
Variable permute(const Variable& x, const std::vector<int>& order);

}  // namespace autograd
