// Scores that weigh the rounding error of every weight with a number that does not depend on the
// bits: sum fn(weight_i, w_i - Q_b(w_i)).
#pragma once

#include "quant/importance/importance.h"

namespace quant {

/// factors: one tensor a weight, in its shape.
template <class Fn>
ImportanceScores error_scores(const ImportanceInputs& in, std::span<const core::Tensor> factors,
                              Fn&& fn) {
  ImportanceScores out = no_scores(in);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto w = in.loss.floats()[i].data<float>();
    for (std::size_t c = 0; c < in.bits.size(); ++c) {
      core::Tensor error = in.rounded[i][c];
      const auto to = error.writable<float>();
      for (std::size_t k = 0; k < to.size(); ++k) to[k] = w[k] - to[k];
      set_scores(out, i, c, part_sums(factors[i], error, in.by_channel, fn));
    }
  }
  return out;
}

}  // namespace quant
