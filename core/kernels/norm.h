// Batch normalisation over (N,H,W) of N,H,W,C tensors and layer normalisation over the last axis.
// Statistics accumulate in double.  Beside bf16 activations everything else (gamma, beta, scale,
// shift, statistics and the gradients of parameters) is f32.
#pragma once

#include "core/tensor.h"

namespace core {

struct NormResult {
  Tensor y;
  Tensor mean;     // batch norm: (C); layer norm: (rows), the leading axes as one
  Tensor inv_std;  // 1 / sqrt(biased variance + eps)
};
struct NormGrads {
  Tensor dx, dgamma, dbeta;
};

/// Training form: statistics of this batch.  shapes: x (..,C), gamma (C), beta (C).
NormResult batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps);
NormGrads batch_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma,
                              const NormResult& saved);
/// y = x * scale + shift per channel: the inference form.  shapes: x (..,C), scale (C), shift (C).
Tensor scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift);

NormResult layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps);
NormGrads layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& gamma,
                              const NormResult& saved);

}  // namespace core
