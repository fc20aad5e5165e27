// Matrix product by oneDNN: batched, transposes by strides, bias in the epilogue; operands f32 or
// bf16, result as c.  Shapes are checked by the caller (core/kernels/gemm) and no extent is 0.
#pragma once

#include "core/tensor.h"

namespace core::onednn {

/// c[i] = op(a[i]) . op(b[i]) for i < batch.
struct Product {
  std::int64_t batch, M, N, K;
  bool trans_a, trans_b;  // a is (K, M), b is (N, K)
  bool one_b = false;     // the same b for every i
  bool weight =
      false;  // b is a weight: packed in the primitive's layout and cached beside its storage
};

/// bias f32 of N elements, or nullptr.  Returns false, having done nothing, when oneDNN has no
/// primitive.
bool matmul(const Product&, const Tensor& a, const Tensor& b, const Tensor* bias, Tensor& c);

}  // namespace core::onednn
