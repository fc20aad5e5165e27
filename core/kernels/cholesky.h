// Inverses of symmetric positive definite matrices by way of their Cholesky factors, in f64.
//
// The factorisations are LAPACK's, from the OpenBLAS that gemm.cpp uses: blocked, and threaded for
// large matrices.
#pragma once

#include <optional>

#include "core/tensor.h"

namespace core {

/// The inverse of h; nothing when h is not positive definite or not finite.
/// shapes: h (K, K), symmetric -> (K, K).  dtype: f64.  throws: ShapeError.
std::optional<Tensor> inverse_positive(const Tensor& h);

/// The upper triangular U with UT U = h.  Otherwise as above.
std::optional<Tensor> upper_factor(const Tensor& h);

}  // namespace core
