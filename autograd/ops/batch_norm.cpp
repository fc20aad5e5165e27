#include "autograd/ops/batch_norm.h"

#include "core/kernels/norm.h"

namespace autograd {

BatchNormResult batch_norm(const Variable& x, const Variable& gamma, const Variable& beta,
                           double eps) {
  const core::Shape& shape = x.shape();
  core::require("batch_norm", shape.rank() >= 2, "x must have rank 2 or more; got x {}", shape);
  const std::int64_t count = shape[-1] > 0 ? shape.numel() / shape[-1] : 0;
  core::require("batch_norm", count > 1, "there must be more than one value per channel; got x {}",
                shape);
  core::NormResult saved = core::batch_norm(x.value(), gamma.value(), beta.value(), eps);
  Variable y =
      record("batch_norm", saved.y, {x, gamma, beta},
             [x = x.value(), gamma = gamma.value(), saved](const core::Tensor& dy, GradSlots& dx) {
               core::NormGrads grads = core::batch_norm_backward(dy, x, gamma, saved);
               dx.add(0, std::move(grads.dx));
               dx.add(1, std::move(grads.dgamma));
               dx.add(2, std::move(grads.dbeta));
             });
  // inv_std = 1/sqrt(var + eps), so var = 1/inv_std^2 - eps; the clip is against its last rounding.
  core::Tensor var = core::Tensor::empty(saved.inv_std.shape(), saved.inv_std.dtype());
  const double unbias = static_cast<double>(count) / static_cast<double>(count - 1);
  core::dispatch_float("batch_norm", var.dtype(), [&](auto type) {
    using T = decltype(type);
    const std::span<const T> inv = saved.inv_std.data<T>();
    const std::span<T> out = var.writable<T>();
    for (std::size_t c = 0; c < out.size(); ++c) {
      const double i = static_cast<double>(inv[c]);
      const double biased = 1.0 / (i * i) - eps;
      out[c] = static_cast<T>(biased < 0 ? 0.0 : biased * unbias);
    }
  });
  return {std::move(y), std::move(saved.mean), std::move(var)};
}

}  // namespace autograd
