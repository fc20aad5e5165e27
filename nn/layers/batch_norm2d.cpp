#include "nn/layers/batch_norm2d.h"

#include <cmath>

#include "autograd/ops/batch_norm.h"
#include "autograd/ops/mul.h"
#include "autograd/ops/scale_shift.h"
#include "autograd/ops/sub.h"

namespace nn {

using autograd::Variable;
using core::DType;
using core::Tensor;

BatchNorm2d::BatchNorm2d(std::int64_t channels, double eps)
    : eps(eps),
      weight{{}, Tensor::full({channels}, 1.0)},
      bias{{}, Tensor::zeros({channels})},
      running_mean{{}, Tensor::zeros({channels})},
      running_var{{}, Tensor::full({channels}, 1.0)},
      num_batches_tracked{{}, Tensor::zeros({}, DType::s64)} {}

void BatchNorm2d::fields(Fields& f) {
  if (folded_) return;
  f("weight", weight);
  f("bias", bias);
  f("running_mean", running_mean);
  f("running_var", running_var);
  f("num_batches_tracked", num_batches_tracked);
}

namespace {

Tensor inverse_std(const Tensor& var, double eps) {
  Tensor out = var.to(DType::f64);
  for (double& v : out.writable<double>()) v = 1.0 / std::sqrt(v + eps);
  return out;
}

}  // namespace

Variable BatchNorm2d::forward(const Variable& x, Pass& pass) const {
  if (folded_) return x;
  pass.batch_norm_input(*this, x);
  const Variable gamma = pass.parameter(*this, weight);
  const Variable beta = pass.parameter(*this, bias);
  if (pass.training()) {
    const autograd::BatchNormResult r = autograd::batch_norm(x, gamma, beta, eps);
    pass.batch_statistics(*this, r.mean, r.unbiased_var);
    return r.y;
  }
  const DType dtype = gamma.value().dtype();
  const Variable scale =
      autograd::mul(gamma, Variable(inverse_std(running_var.value, eps).to(dtype)));
  const Variable shift =
      autograd::sub(beta, autograd::mul(scale, Variable(running_mean.value.to(dtype))));
  return autograd::scale_shift(x, scale, shift);
}

void BatchNorm2d::track(const Tensor& batch_mean, const Tensor& unbiased_var) {
  const auto blend = [](Tensor& running, const Tensor& batch) {
    core::require("BatchNorm2d", running.shape() == batch.shape(),
                  "batch statistics must have the shape of the running ones; got {}, running {}",
                  batch.shape(), running.shape());
    core::dispatch_float("BatchNorm2d", running.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const Tensor converted = batch.to(running.dtype());
      const auto r = running.writable<T>();
      const auto b = converted.data<T>();
      for (std::size_t c = 0; c < r.size(); ++c) {
        r[c] = static_cast<T>(1 - kMomentum) * r[c] + static_cast<T>(kMomentum) * b[c];
      }
    });
  };
  blend(running_mean.value, batch_mean);
  blend(running_var.value, unbiased_var);
  num_batches_tracked.value.writable<std::int64_t>()[0] += 1;
}

BatchNorm2d::Affine BatchNorm2d::inference_form() const {
  if (folded_) throw core::Error(fmt::format("BatchNorm2d '{}': already folded", path()));
  Tensor scale = inverse_std(running_var.value, eps);
  Tensor shift = bias.value.to(DType::f64);
  const auto s = scale.writable<double>(), t = shift.writable<double>();
  for (std::size_t c = 0; c < s.size(); ++c) {
    const auto i = static_cast<std::int64_t>(c);
    s[c] *= weight.value.at(i);
    t[c] -= running_mean.value.at(i) * s[c];
  }
  return {scale, shift};
}

BatchNorm2d::Affine BatchNorm2d::fold_away() {
  Affine affine = inference_form();
  weight.value = bias.value = running_mean.value = running_var.value = Tensor();
  folded_ = true;
  return affine;
}

}  // namespace nn
