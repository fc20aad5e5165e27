// What the tests of rounding variables share: weights on given grids, and one step back.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "autograd/gradients.h"
#include "tests/quant/helpers.h"
#include "tests/support/compare.h"

namespace quant_test {

/// A weight with step 1 for everything and zero point 8 on 4 bits, so that codes are W + 8.
inline quant::QuantisedWeight step_one(const core::Tensor& w) {
  return {w,
          {.bits = 4, .per_channel = false},
          {core::Tensor::full({1}, 1.0, w.dtype()), core::Tensor::full({1}, 8.0, w.dtype())}};
}

inline quant::QuantisedWeight ranged(const core::Tensor& w, const quant::Grid& grid,
                                     const std::string& scale = "l2p4") {
  return {w, grid, (*make<quant::Scale>(scale))(w, grid)};
}

inline std::vector<autograd::Variable> leaves(const std::vector<core::Tensor>& tensors) {
  std::vector<autograd::Variable> out;
  for (const core::Tensor& t : tensors) out.emplace_back(t, true);
  return out;
}

inline quant::Softened start_of(const quant::RoundingVariable& variable,
                                const quant::QuantisedWeight& weight,
                                const quant::Softening& at = {}) {
  return variable.soften(weight, leaves(variable.init(weight)), at);
}

/// dh/dV of the first learned tensor at the value `v` of one weight (f64), by the strategy.
inline double slope_of_h(const quant::RoundingVariable& variable, double v, double progress = 0) {
  const auto weight = step_one(core::Tensor::full({1}, 0.3, core::DType::f64));
  const std::vector<autograd::Variable> leaf =
      leaves({core::Tensor::full({1}, v, core::DType::f64)});
  const autograd::Variable h = *variable.soften(weight, leaf, {.progress = progress}).h;
  return autograd::gradients(h, leaf)[0].item();
}

}  // namespace quant_test
