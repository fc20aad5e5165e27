// Moves by index arithmetic, in f64: the oracle for core/kernels/move.
#pragma once

#include "core/kernels/reference/index.h"

namespace core::reference {

/// y of shape `shape` with y[at] = x[source(at)].
template <class Source>
Tensor moved(const Tensor& x, const Shape& shape, Source source) {
  std::vector<double> y;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    y.push_back(x.at(position(x.shape(), source(index_of(shape, i)))));
  }
  return made(shape, y);
}

}  // namespace core::reference
