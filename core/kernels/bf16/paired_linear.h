// Fully connected layers of bf16 operands by the instruction that multiplies pairs (vdpbf16ps):
// outputs and gradients of inputs that are sums over many channels.
//
// Weights are packed once per version.  Activations lie in memory as the instruction wants them,
// pairs of channels side by side; what it gains over oneDNN 2.6 is that the next rows are fetched
// while these are multiplied.
#pragma once

#include "core/tensor.h"

namespace core::paired {

/// Whether y (rows, outputs) = x (rows, inputs) . wT goes this way: few outputs of many inputs, so
/// that reading x counts, and weights that stay in a core's second cache (measured on a Zen 5 by
/// `products` of tests/bench); the build has the instruction and the processor nothing better
/// (AMX).
bool linear_pays(std::int64_t rows, std::int64_t inputs, std::int64_t outputs);

/// y (.., O) bf16 = x . wT + bias; x (.., I) bf16, w (O, I) f32 or bf16, bias (O) f32 or nullptr.
/// I even, O a multiple of 16.  Results do not depend on the number of threads or of rows.
void linear(const Tensor& x, const Tensor& w, const Tensor* bias, Tensor& y);
/// dx (.., I) bf16 = dy . w; dy (.., O) bf16, w (O, I).  O even, I a multiple of 16.
void linear_backward_data(const Tensor& dy, const Tensor& w, Tensor& dx);

}  // namespace core::paired
