#include "quant/moments/mean_window.h"

#include <algorithm>

#include "core/kernels/map.h"

namespace quant {

using core::Tensor;

namespace {

constexpr std::int64_t kSamples = 64;  // at a time

}  // namespace

Tensor mean_window(const nn::Weighted& layer, const Tensor& x) {
  core::require("mean_window", x.numel() > 0, "inputs must not be empty; got x {}", x.shape());
  const core::DType dtype = layer.weight.value.dtype();
  const std::int64_t samples = x.shape()[0];
  Tensor sum = Tensor::zeros(layer.weight.value.shape(), core::DType::f64);
  std::int64_t outputs = 0;
  for (std::int64_t begin = 0; begin < samples; begin += kSamples) {
    const Tensor rows = x.rows(begin, std::min(kSamples, samples - begin)).to(dtype);
    const Tensor ones = Tensor::full(layer.product(rows, core::Precision::f32).shape(), 1.0, dtype);
    core::accumulate(
        sum, layer.cross_moments(ones, rows, core::Precision::f32).to(core::DType::f64), 1.0);
    outputs += ones.numel();
  }
  const double rows = static_cast<double>(outputs / sum.shape()[0]);
  return core::affine(sum, 1.0 / rows, 0.0);
}

std::vector<double> row_products(const Tensor& a, const Tensor& b) {
  core::require("row_products", a.shape() == b.shape() && a.shape().rank() > 0,
                "both must have one shape; got a {}, b {}", a.shape(), b.shape());
  const std::int64_t rows = a.shape()[0], row = a.numel() / rows;
  std::vector<double> out(static_cast<std::size_t>(rows), 0.0);
  for (std::int64_t i = 0; i < a.numel(); ++i)
    out[static_cast<std::size_t>(i / row)] += a.at(i) * b.at(i);
  return out;
}

}  // namespace quant
