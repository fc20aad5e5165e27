#include "quant/gram.h"

#include <algorithm>

#include "autograd/ops/gram_error.h"
#include "core/kernels/cast.h"
#include "core/kernels/gemm.h"
#include "core/kernels/map.h"
#include "core/kernels/reduce.h"

namespace quant {

using core::Tensor;

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 25;  // of columns at a time

double sum_of_squares(const Tensor& x) { return core::sum(core::mul(x, x)).item(); }

}  // namespace

GramMoments gram_moments(const nn::Weighted& layer, const Tensor& x, const Tensor& x_target) {
  core::require("gram_moments", x.shape() == x_target.shape() && x.numel() > 0,
                "inputs must have one shape and not be empty; got x {}, x_target {}", x.shape(),
                x_target.shape());
  const Tensor& w = layer.weight.value;
  const std::int64_t samples = x.shape()[0];
  const auto rows_of = [&](const Tensor& of, std::int64_t begin, std::int64_t count) {
    return core::cast(of.rows(begin, count), w.dtype());
  };
  const Tensor one = layer.columns(rows_of(x, 0, 1));
  const std::int64_t groups = one.shape()[0], k = one.shape()[2], out = w.shape()[0] / groups;
  const auto piece =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(kPieceBytes / one.byte_size()));
  const double scale = 1.0 / static_cast<double>(samples * one.shape()[1]);
  const Tensor matrix = w.reshape({groups, out, k});
  Tensor a = Tensor::zeros({groups, k, k}, core::DType::f64);
  Tensor e = Tensor::zeros({groups, out, k}, core::DType::f64);
  GramMoments moments{.layer = &layer};
  for (std::int64_t begin = 0; begin < samples; begin += piece) {
    const std::int64_t count = std::min(piece, samples - begin);
    const Tensor seen = rows_of(x, begin, count);
    const Tensor columns = layer.columns(seen);
    core::accumulate(a, core::gram_matrix(columns).to(core::DType::f64), scale);
    if (x.is_same(x_target)) continue;
    const Tensor off = layer.columns(core::sub(seen, rows_of(x_target, begin, count)));
    const Tensor error = core::matmul(off, matrix, {.trans_b = true});
    core::accumulate(e, core::matmul(error, columns, {.trans_a = true}).to(core::DType::f64),
                     scale);
    moments.constant += scale * sum_of_squares(error);
  }
  moments.a = a.to(w.dtype());
  moments.e = e.to(w.dtype());
  return moments;
}

autograd::Variable gram_loss(const GramMoments& moments, nn::Pass& pass) {
  const nn::Weighted& layer = *moments.layer;
  return autograd::gram_error(pass.parameter(layer, layer.weight), layer.weight.value, moments.a,
                              moments.e, moments.constant);
}

}  // namespace quant
