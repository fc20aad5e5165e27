// What the tests of selections share: one weight tensor and the weights that a mask picks.
#pragma once

#include <set>

#include "quant/selection/selection.h"
#include "tests/quant/helpers.h"

namespace quant_test {

/// Step 1, so that fractions are those of the weights themselves.
inline quant::QuantisedWeight fractions(const core::Tensor& w) {
  return {w,
          {.bits = 4, .per_channel = false},
          {core::Tensor::full({1}, 1.0), core::Tensor::full({1}, 8.0)}};
}

inline quant::QuantisedWeight random_weight() {
  return fractions(core::Rng(4).normal({8, 5, 3, 3}, 0.1, 2.0));
}

/// Positions that learn from the first step; the others must never learn.
inline std::set<int> picked(const core::Tensor& mask) {
  std::set<int> out;
  for (int i = 0; i < mask.numel(); ++i) {
    if (mask.at(i) == 0)
      out.insert(i);
    else
      core::require("picked", mask.at(i) > 1, "must be never; got {}", mask.at(i));
  }
  return out;
}

}  // namespace quant_test
