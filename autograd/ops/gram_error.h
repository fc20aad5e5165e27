// The squared error of a linear map over samples that are known by their second moments only: with
// D = w_hat - w, A the mean of x_hat x_hatT and E the mean of r x_hatT (r the error that is there
// at D = 0),
//   mean |D x_hat + r|^2 = tr(D A DT) + 2 tr(D ET) + mean |r|^2.
// One small product an evaluation, whatever the number of samples.  d/dw_hat = 2 (D A + E).
// Differences, not the raw products: f32 keeps its digits where w_hat comes close to w.
#pragma once

#include "autograd/variable.h"

namespace autograd {

/// shapes: w_hat and w (O, ..), equal; a (G, K, K), symmetric; e (G, O/G, K) with O K elements;
/// result
///   rank 0, with `constant` (mean |r|^2) added.  dtype: f32 or f64, equal.
/// throws: ShapeError.
Variable gram_error(const Variable& w_hat, const core::Tensor& w, const core::Tensor& a,
                    const core::Tensor& e, double constant);

}  // namespace autograd
