// Reductions in f64, element by element: the oracle for core/kernels/reduce.
#pragma once

#include "core/kernels/reference/index.h"

namespace core::reference {

/// Sums x down to `shape` (axes of extent 1 and missing leading axes): the adjoint of broadcasting.
inline Tensor sum_to(const Tensor& x, const Shape& shape) {
  const std::vector<double> from = x.values();
  std::vector<double> y(static_cast<std::size_t>(shape.numel()), 0.0);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    y[stretched(shape, index_of(x.shape(), i))] += from[static_cast<std::size_t>(i)];
  }
  return made(shape, y);
}

}  // namespace core::reference
