// Element-wise kernels for f32, f64 and bf16 (f32 arithmetic): one pass, threaded, no temporaries.
//
// Binary kernels broadcast by NumPy's rule (axes aligned from the last); beside a bf16 tensor the
// second one may be f32, a parameter, and the result is bf16.  `*_backward` kernels return the
// gradient of the first input, in the memory of dy where nobody else holds it.  Behaviour at kinks
// and for NaN stands at each kernel.
#pragma once

#include "core/tensor.h"

namespace core {

Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);
/// y = a * x + b
Tensor affine(const Tensor& x, double a, double b);
/// y += a * x, in place on a copy-on-write tensor.  Same shape and dtype.
void accumulate(Tensor& y, const Tensor& x, double a = 1.0);
/// The rows of y from `begin` on, as many as x has, += x; otherwise the same.
void accumulate_rows(Tensor& y, std::int64_t begin, const Tensor& x);

/// max(0, x); NaN stays NaN.  The gradient at 0 is 0.
Tensor relu(const Tensor& x);
/// dy where y > 0, else 0; y is the output (or the input) of relu.
Tensor relu_backward(Tensor dy, const Tensor& y);
/// relu(a + b), same shapes: the end of a residual block in one pass.
Tensor add_relu(const Tensor& a, const Tensor& b);

/// x * Phi(x), exact form with erf (f32: absolute error below 1e-6).
Tensor gelu(const Tensor& x);
Tensor gelu_backward(Tensor dy, const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor abs(const Tensor& x);
/// Sign with sign(0) = 0; NaN stays NaN.
Tensor sign(const Tensor& x);
/// |x|^p for p > 0 (throws ShapeError otherwise); p = 1, 2, 3, 4 are products; 0^p = 0.
Tensor abs_pow(const Tensor& x, double p);
/// d|x|^p/dx * dy = p |x|^(p-1) sign(x) dy; 0 at x = 0.
Tensor abs_pow_backward(Tensor dy, const Tensor& x, double p);
/// min(max(x, lo), hi); NaN stays NaN.
Tensor clamp(const Tensor& x, double lo, double hi);
/// dy where lo <= x <= hi (both ends included), else 0.
Tensor clamp_backward(Tensor dy, const Tensor& x, double lo, double hi);
/// Round half to even, as std::nearbyint.
Tensor round(const Tensor& x);
Tensor floor(const Tensor& x);
/// 1 where x >= threshold, else 0 (also for NaN).
Tensor step(const Tensor& x, double threshold);

}  // namespace core
