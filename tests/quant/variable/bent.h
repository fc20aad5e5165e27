// A weight on a power grid whose largest level is its largest value.
#pragma once

#include "quant/grid/power_levels.h"
#include "tests/quant/helpers.h"

namespace quant_test {

inline quant::QuantisedWeight bent(const core::Tensor& w, int bits, double exponent,
                                   bool per_channel) {
  const quant::Grid grid{.bits = bits,
                         .symmetric = true,
                         .narrow = true,
                         .per_channel = per_channel,
                         .levels = &quant::power_levels()};
  quant::QuantisedWeight out{w, grid, (*make<quant::Scale>("minmax"))(w, grid)};
  out.q.warp = core::Tensor::full({1}, exponent);
  return out;
}

/// In double, for gradient checks.
inline quant::QuantisedWeight wide(const quant::QuantisedWeight& weight) {
  constexpr core::DType f64 = core::DType::f64;
  return {weight.w.to(f64),
          weight.grid,
          {weight.q.scale.to(f64), weight.q.zero.to(f64), weight.q.warp.to(f64)}};
}

}  // namespace quant_test
