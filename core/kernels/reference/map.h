// Element-wise functions in f64, one element at a time: the oracle for core/kernels/map.
#pragma once

#include "core/kernels/reference/index.h"

namespace core::reference {

/// fn of every element.
template <class Fn>
Tensor unary(const Tensor& x, Fn fn) {
  std::vector<double> y = x.values();
  for (double& v : y) v = fn(v);
  return made(x.shape(), y);
}

/// fn of every pair of elements after broadcasting.
template <class Fn>
Tensor binary(const Tensor& a, const Tensor& b, Fn fn) {
  const Shape shape = broadcast("reference", a.shape(), b.shape());
  const std::vector<double> from_a = a.values(), from_b = b.values();
  std::vector<double> y;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    const Index at = index_of(shape, i);
    y.push_back(fn(from_a[stretched(a.shape(), at)], from_b[stretched(b.shape(), at)]));
  }
  return made(shape, y);
}

}  // namespace core::reference
