#include "quant/moments/second_moments.h"

#include <algorithm>

#include "core/kernels/map.h"

namespace quant {

using core::Tensor;

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 23;  // of inputs at a time

}  // namespace

Tensor second_moments(const nn::Weighted& layer, const Tensor& x) {
  core::require("second_moments", x.numel() > 0, "inputs must not be empty; got x {}", x.shape());
  const Tensor& w = layer.weight.value;
  const std::int64_t samples = x.shape()[0];
  const Tensor one = x.rows(0, 1).to(w.dtype());
  const auto piece =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(kPieceBytes / one.byte_size()));
  Tensor sum;
  for (std::int64_t begin = 0; begin < samples; begin += piece) {
    const Tensor rows = x.rows(begin, std::min(piece, samples - begin)).to(w.dtype());
    const Tensor part = layer.input_moments(rows);
    if (sum.numel() == 0) sum = Tensor::zeros(part.shape(), core::DType::f64);
    core::accumulate(sum, part, 1.0);
  }
  // an output has one value a row that it reads
  const double count = static_cast<double>(layer.product(one, core::Precision::f32).numel() /
                                           w.shape()[0] * samples);
  return core::affine(sum, 1.0 / count, 0.0);
}

}  // namespace quant
