// Non-overlapping patches of an image as rows, each in C,KH,KW order, so that a patch embedding
// with an (O,C,p,p) weight is one matrix product.  The gradient puts each patch back.
#pragma once

#include "autograd/variable.h"

#include <cstdint>

namespace autograd {

/// shapes: x (N,H,W,C) -> (N, (H/p)(W/p), C p p); H and W must be multiples of p.
/// throws: ShapeError.
Variable patches(const Variable& x, std::int64_t patch);

}  // namespace autograd
