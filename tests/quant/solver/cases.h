// Layers with correlated inputs for the tests of solvers, the error they minimise, and a plain
// reference of column-wise rounding.
#pragma once

#include "core/kernels/gemm.h"
#include "core/rng.h"
#include "quant/grid/codes.h"
#include "quant/grid/power_levels.h"
#include "quant/scale/scale.h"
#include "quant/solver/solver.h"
#include "tests/quant/helpers.h"

namespace quant_test {

/// Mean x xT of `rows` inputs that share a part; column `dead` is zero.
inline core::Tensor correlated(std::int64_t k, std::int64_t rows, std::int64_t dead = -1) {
  core::Rng rng(21);
  const core::Tensor own = rng.normal({rows, k}, 0, 1), shared = rng.normal({rows, 1}, 0.5, 1);
  core::Tensor x = core::Tensor::empty({rows, k}, core::DType::f64);
  const auto to = x.writable<double>();
  for (std::int64_t i = 0; i < rows * k; ++i)
    to[i] = i % k == dead ? 0.0 : own.at(i) + shared.at(i / k);
  core::Tensor h = core::matmul(x, x, {.trans_a = true});
  for (double& v : h.writable<double>()) v /= static_cast<double>(rows);
  return h.reshape({1, k, k});
}

inline core::Tensor unit_moments(std::int64_t k) {
  core::Tensor h = core::Tensor::zeros({1, k, k}, core::DType::f64);
  for (std::int64_t i = 0; i < k; ++i) h.writable<double>()[i * k + i] = 1;
  return h;
}

inline quant::QuantisedWeight weight_on(const core::Shape& shape, const quant::Grid& grid) {
  const core::Tensor w = core::Rng(8).normal(shape, 0, 0.3);
  quant::QuantisedWeight out{w, grid, (*make<quant::Scale>("mse"))(w, grid)};
  if (grid.levels) out.q.warp = core::Tensor::full({1}, 0.5);
  return out;
}

/// Every kind of grid that a solver may meet.
inline std::vector<quant::Grid> solver_grids() {
  return {{.bits = 3},
          {.bits = 2, .per_channel = false},
          {.bits = 3, .symmetric = true},
          {.bits = 2, .group = 4},
          {.bits = 3, .symmetric = true, .narrow = true, .levels = &quant::power_levels()}};
}

inline core::Tensor nearest(const quant::QuantisedWeight& weight) {
  return quant::quantise_codes(weight.w, weight.q, weight.grid);
}

/// sum over rows of dT H d of one group.
inline double output_error(const quant::QuantisedWeight& weight, const core::Tensor& codes,
                           const core::Tensor& h) {
  const core::Tensor hat = quant::dequantise(codes, weight.q, weight.grid);
  const std::int64_t k = h.shape()[2], rows = weight.w.numel() / k;
  double sum = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t j = 0; j < k; ++j)
        sum += (hat.at(r * k + i) - weight.w.at(r * k + i)) * h.at(i * k + j) *
               (hat.at(r * k + j) - weight.w.at(r * k + j));
    }
  }
  return sum;
}

}  // namespace quant_test
