// Matrix products, plain and batched.  f32 (oneDNN or OpenBLAS, whichever is faster for the shape),
// f64 (reference), and bf16 operands with f32 accumulation.
//
// Transposed operands are read in place, never copied.  Inputs that are already bf16 tensors are taken
// as they are; f32 inputs with Precision::bf16 are rounded inside.  The result has the type of the
// first operand; biases, weights and their gradients are f32 beside bf16 activations.
#pragma once

#include "core/tensor.h"

namespace core {

struct MatmulOptions {
  bool trans_a = false;  // a is (.., K, M) instead of (.., M, K)
  bool trans_b = false;  // b is (.., N, K) instead of (.., K, N)
  Precision precision = Precision::f32;
};

/// c = op(a) . op(b).
/// shapes: a (.., M, K), b (.., K, N) with equal leading axes -> (.., M, N); rank >= 2; b may be rank 2
///   while a has any rank (the leading axes of a are then rows).
/// throws: ShapeError.
Tensor matmul(const Tensor& a, const Tensor& b, MatmulOptions options = {});

/// y = x . wT + bias, the fully connected layer; the packed form of w is cached beside its storage.
/// shapes: x (.., I), w (O, I), bias (O) or nullptr -> (.., O).
Tensor linear(const Tensor& x, const Tensor& w, const Tensor* bias,
              Precision precision = Precision::f32);
/// dx = dy . w.   shapes: dy (.., O), w (O, I) -> (.., I)
Tensor linear_backward_data(const Tensor& dy, const Tensor& w,
                            Precision precision = Precision::f32);
/// dw = dyT . x.  shapes: dy (.., O), x (.., I) -> (O, I).  Unless `dbias` is nullptr it becomes the
/// gradient of the bias (O), the sums of dy, taken on the way where that saves reading dy twice.
Tensor linear_backward_weights(const Tensor& dy, const Tensor& x,
                               Precision precision = Precision::f32, Tensor* dbias = nullptr);

/// xT . x of every matrix, half the work of a product: only one triangle is computed.
/// shapes: x (G, R, K) -> (G, K, K).  dtype: f32 or f64.  throws: ShapeError.
Tensor gram_matrix(const Tensor& x);

}  // namespace core
