#include "quant/moments/gram.h"

#include <algorithm>

#include "autograd/ops/gram_error.h"
#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace quant {

using core::Tensor;

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1}
                                    << 23;  // of inputs at a time: they stay in cache

double sum_of_squares(const Tensor& x) { return core::sum(core::mul(x, x)).item(); }

}  // namespace

GramMoments gram_moments(const nn::Weighted& layer, const Tensor& x, const Tensor& x_target,
                         core::Precision precision) {
  core::require("gram_moments", x.shape() == x_target.shape() && x.numel() > 0,
                "inputs must have one shape and not be empty; got x {}, x_target {}", x.shape(),
                x_target.shape());
  const Tensor& w = layer.weight.value;
  const std::int64_t samples = x.shape()[0];
  const auto rows_of = [&](const Tensor& of, std::int64_t begin, std::int64_t count) {
    return of.rows(begin, count).to(w.dtype());
  };
  const Tensor one = rows_of(x, 0, 1);
  const auto piece =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(kPieceBytes / one.byte_size()));
  GramMoments moments{.layer = &layer};
  Tensor a, e = Tensor::zeros(w.shape(), core::DType::f64);
  for (std::int64_t begin = 0; begin < samples; begin += piece) {
    const std::int64_t count = std::min(piece, samples - begin);
    const Tensor seen = rows_of(x, begin, count);
    const Tensor part = layer.input_moments(seen);
    if (a.numel() == 0) a = Tensor::zeros(part.shape(), core::DType::f64);
    core::accumulate(a, part, 1.0);
    if (x.is_same(x_target)) continue;
    const Tensor error = layer.product(core::sub(seen, rows_of(x_target, begin, count)), precision);
    core::accumulate(e, layer.cross_moments(error, seen, precision).to(core::DType::f64), 1.0);
    moments.constant += sum_of_squares(error);
  }
  const double rows =  // an output has one value a row and channel
      static_cast<double>(layer.product(one, precision).numel() / w.shape()[0] * samples);
  const std::int64_t groups = a.shape()[0], k = a.shape()[2];
  moments.a = core::affine(a, 1.0 / rows, 0.0).to(w.dtype());
  moments.e =
      core::affine(e, 1.0 / rows, 0.0).to(w.dtype()).reshape({groups, w.numel() / groups / k, k});
  moments.constant /= rows;
  return moments;
}

autograd::Variable gram_loss(const GramMoments& moments, nn::Pass& pass) {
  const nn::Weighted& layer = *moments.layer;
  return autograd::gram_error(pass.parameter(layer, layer.weight), layer.weight.value, moments.a,
                              moments.e, moments.constant);
}

}  // namespace quant
