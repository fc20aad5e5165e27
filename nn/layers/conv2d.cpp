#include "nn/layers/conv2d.h"

#include "autograd/ops/conv2d.h"
#include "core/kernels/conv/window_moments.h"

namespace nn {

using autograd::Variable;
using core::Tensor;

Conv2d::Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel,
               const core::Conv2dOptions& options, bool with_bias)
    : Weighted({out, in / options.groups, kernel, kernel}, with_bias), options_(options) {
  core::require("Conv2d", in % options.groups == 0 && out % options.groups == 0,
                "channels must be multiples of the groups; got in {}, out {}, groups {}", in, out,
                options.groups);
}

core::Conv2dOptions Conv2d::options_at(core::Precision precision) const {
  core::Conv2dOptions options = options_;
  options.precision = precision;
  return options;
}

Variable Conv2d::forward(const Variable& x, Pass& pass) const {
  return pass.output(*this, apply(x, pass, false));
}

Variable Conv2d::apply(const Variable& x, Pass& pass, bool relu) const {
  core::Conv2dOptions options = options_at(pass.precision());
  options.relu = relu;
  const Variable seen = pass.input(*this, 0, x);
  return autograd::conv2d(seen, pass.parameter(*this, weight), bias_in(pass), options);
}

Tensor Conv2d::product(const Tensor& x, core::Precision precision) const {
  return core::conv2d(x, weight.value, nullptr, options_at(precision));
}

Tensor Conv2d::cross_moments(const Tensor& dy, const Tensor& x, core::Precision precision) const {
  return core::conv2d_backward_weights(dy, x, weight.value.shape(), options_at(precision));
}

Tensor Conv2d::input_moments(const Tensor& x) const {
  return core::window_moments(x, weight.value.shape(), options_);
}

void Conv2d::absorb(const Tensor& scale, const Tensor& shift) {
  const std::int64_t out = weight.value.shape()[0];
  const core::Shape per_channel{out};
  core::require("Conv2d", scale.shape() == per_channel && shift.shape() == per_channel,
                "scale and shift must be ({}); got scale {}, shift {}", out, scale.shape(),
                shift.shape());
  const auto s = scale.data<double>(), t = shift.data<double>();
  if (!bias) {
    bias = Parameter{path().empty() ? "bias" : path() + ".bias",
                     Tensor::zeros({out}, weight.value.dtype())};
  }
  core::dispatch_float("Conv2d", weight.value.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto w = weight.value.writable<T>();
    const auto b = bias->value.writable<T>();
    const std::size_t row = w.size() / s.size();
    for (std::size_t o = 0; o < s.size(); ++o) {
      for (std::size_t i = o * row; i < (o + 1) * row; ++i) w[i] = static_cast<T>(s[o] * w[i]);
      b[o] = static_cast<T>(s[o] * b[o] + t[o]);
    }
  });
}

}  // namespace nn
