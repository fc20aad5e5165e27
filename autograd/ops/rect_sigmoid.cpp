#include "autograd/ops/rect_sigmoid.h"

#include "core/kernels/rounding.h"

#include <cmath>

namespace autograd {

Variable rect_sigmoid(const Variable& v, const RectSigmoidOptions& options) {
  core::Tensor h = core::rect_sigmoid(v.value(), options.gamma, options.zeta);
  return record("rect_sigmoid", std::move(h), {v},
                [v = v.value(), options](const core::Tensor& dy, GradSlots& dx) {
                  if (dx.wants(0))
                    dx.add(0, core::rect_sigmoid_backward(dy, v, options.gamma, options.zeta));
                });
}

core::Tensor rect_sigmoid_inverse(const core::Tensor& r, const RectSigmoidOptions& options) {
  core::Tensor v = core::Tensor::empty(r.shape(), r.dtype());
  const double gamma = options.gamma, zeta = options.zeta;
  core::dispatch_float("rect_sigmoid_inverse", r.dtype(), [&](auto type) {
    using T = decltype(type);
    const std::span<const T> in = r.data<T>();
    const std::span<T> out = v.writable<T>();
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double value = static_cast<double>(in[i]);
      core::require("rect_sigmoid_inverse", value >= 0 && value <= 1,
                    "r must lie in [0, 1]; got {}", value);
      out[i] = static_cast<T>(-std::log((zeta - gamma) / (value - gamma) - 1.0));
    }
  });
  return v;
}

}  // namespace autograd
