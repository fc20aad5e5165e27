// Conv2dOptions: what a convolution over N,H,W,C images is told beside its tensors, and the rule for
// the shape of its result.
#pragma once

#include <array>

#include "core/tensor.h"

namespace core {

struct Conv2dOptions {
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 2> pad{0, 0};       // on both sides of H and W
  std::array<std::int64_t, 2> dilation{1, 1};  // 1 = dense, as PyTorch
  std::int64_t groups = 1;
  Precision precision = Precision::f32;
  bool relu = false;  // forward only: y = max(0, conv + bias) in the epilogue
};

/// Output shape N,OH,OW,O.  throws: ShapeError, naming the rule that is broken.
Shape conv2d_shape(const Shape& x, const Shape& w, const Conv2dOptions& options);

}  // namespace core
