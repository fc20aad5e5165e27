// The exponent of AdaRound's regulariser over the steps of a unit: off during the warm-up (or held
// at `start` there), then from `start` down to `end`, linearly (BRECQ, QDrop) or along half a
// cosine (AIMET), or constant at `end`. A large exponent only pulls weights that are nearly
// decided; a small one pulls all.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string>

namespace quant {

struct BetaSchedule {
  double start = 20, end = 2;    // source: AIMET, BRECQ
  std::string shape = "linear";  // linear | cosine | const
  double warm_up = 0.2;          // share of the steps without regulariser
  bool on_in_warm_up = false;    // `start` during the warm-up instead of nothing; source: MCT

  /// The exponent at `step` of `total`, or nothing while the regulariser is off.
  std::optional<double> at(std::int64_t step, std::int64_t total) const {
    const double first = warm_up * static_cast<double>(total);
    if (static_cast<double>(step) < first)
      return on_in_warm_up ? std::optional(start) : std::nullopt;
    const double rest = static_cast<double>(total) - first;
    const double progress =
        rest > 0 ? std::min(1.0, (static_cast<double>(step) - first) / rest) : 1.0;
    if (shape == "linear") return end + (start - end) * (1.0 - progress);
    if (shape == "cosine")
      return end + 0.5 * (start - end) * (1.0 + std::cos(progress * std::numbers::pi));
    return end;
  }
};

}  // namespace quant
