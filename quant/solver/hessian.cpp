#include "quant/solver/hessian.h"

#include <cmath>

#include "core/kernels/move.h"

namespace quant {

using core::Tensor;

namespace {

/// The entries of scale and zero at given numbers, and of the warp where it has a row for each.
QParams entries_at(const QParams& q, const std::vector<std::int64_t>& index) {
  const auto count = static_cast<std::int64_t>(index.size());
  QParams out{Tensor::empty({count}, q.scale.dtype()), Tensor::empty({count}, q.scale.dtype()),
              q.warp};
  if (q.warp.shape().rank() == 2 && q.warp.shape()[0] == q.scale.numel())
    out.warp = core::gather_rows(q.warp, index);
  core::dispatch_float("solver", q.scale.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const auto scale = q.scale.data<T>(), zero = q.zero.data<T>();
    const auto s = out.scale.writable<T>(), z = out.zero.writable<T>();
    for (std::size_t i = 0; i < index.size(); ++i) {
      s[i] = scale[static_cast<std::size_t>(index[i])];
      z[i] = zero[static_cast<std::size_t>(index[i])];
    }
  });
  return out;
}

}  // namespace

Hessian damped_hessian(std::string_view solver, const Tensor& moments, std::int64_t group,
                       double damping) {
  const std::int64_t k = moments.shape()[2];
  Hessian out{Tensor::empty({k, k}, core::DType::f64), std::vector<bool>(std::size_t(k), false)};
  const auto from = moments.data<double>().subspan(std::size_t(group * k * k), std::size_t(k * k));
  const auto h = out.h.writable<double>();
  double trace = 0;
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::int64_t j = 0; j < k; ++j) h[i * k + j] = 0.5 * (from[i * k + j] + from[j * k + i]);
    double& diagonal = h[i * k + i];
    if (diagonal == 0) {
      out.dead[std::size_t(i)] = true;
      diagonal = 1;
    }
    trace += diagonal;
  }
  if (!std::isfinite(trace))
    throw core::Error(fmt::format("{}: the inputs of the layer are not finite", solver));
  for (std::int64_t i = 0; i < k; ++i) h[i * k + i] += damping * trace / double(k);
  return out;
}

void refuse_singular(std::string_view solver) {
  throw core::Error(
      fmt::format("{}: the second moments of the inputs of a layer have no inverse (too few "
                  "samples, or inputs that depend on each other): raise learn.solver.damping",
                  solver));
}

Rows rows_of_group(std::string_view solver, const QuantisedWeight& weight, const Tensor& moments,
                   std::int64_t group) {
  const core::Shape& w = weight.w.shape();
  const std::int64_t columns = weight.w.numel() / w[0];
  core::require(solver,
                moments.shape().rank() == 3 && moments.shape()[1] == columns &&
                    moments.shape()[2] == columns && w[0] % moments.shape()[0] == 0,
                "moments must be (groups, K, K) for the K weights of an output; got moments {}, "
                "weight {}",
                moments.shape(), w);
  const std::int64_t count = w[0] / moments.shape()[0];
  return {group * count, count, columns};
}

QParams quantiser_of_column(const QuantisedWeight& weight, const Rows& rows, std::int64_t column) {
  const std::int64_t run = weight.w.numel() / weight.q.scale.numel();
  std::vector<std::int64_t> index;
  for (std::int64_t row = rows.begin; row < rows.begin + rows.count; ++row)
    index.push_back((row * rows.columns + column) / run);
  return entries_at(weight.q, index);
}

QParams quantiser_of_row(const QuantisedWeight& weight, std::int64_t row) {
  const std::int64_t columns = weight.w.numel() / weight.w.shape()[0];
  const std::int64_t run = weight.w.numel() / weight.q.scale.numel();
  std::vector<std::int64_t> index;
  for (std::int64_t at = 0; at < columns; at += std::min(run, columns))
    index.push_back((row * columns + at) / run);
  return entries_at(weight.q, index);
}

}  // namespace quant
