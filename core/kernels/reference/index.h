// Index arithmetic of the f64 references: plain multi-indices, no cleverness.
#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor.h"

namespace core::reference {

using Index = std::vector<std::int64_t>;

/// The multi-index of element i in row-major order.
inline Index index_of(const Shape& shape, std::int64_t i) {
  Index at(static_cast<std::size_t>(shape.rank()));
  for (std::size_t k = at.size(); k-- > 0;) {
    at[k] = i % shape[static_cast<int>(k)];
    i /= shape[static_cast<int>(k)];
  }
  return at;
}

/// The row-major position of a multi-index.
inline std::int64_t position(const Shape& shape, const Index& at) {
  std::int64_t i = 0;
  for (std::size_t k = 0; k < at.size(); ++k) i = i * shape[static_cast<int>(k)] + at[k];
  return i;
}

/// The position in a tensor of `shape` that a broadcast result reads at `at`.
inline std::size_t stretched(const Shape& shape, const Index& at) {
  const std::size_t skip = at.size() - static_cast<std::size_t>(shape.rank());
  std::int64_t i = 0;
  for (int k = 0; k < shape.rank(); ++k) {
    i = i * shape[k] + (shape[k] == 1 ? 0 : at[skip + static_cast<std::size_t>(k)]);
  }
  return static_cast<std::size_t>(i);
}

inline Tensor made(const Shape& shape, const std::vector<double>& values) {
  return Tensor::of<double>(shape, std::span<const double>(values));
}

}  // namespace core::reference
