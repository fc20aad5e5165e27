// PlateauRule: when a learning rate falls because the loss no longer does.
// source: torch.optim.lr_scheduler.ReduceLROnPlateau, mode min, threshold_mode rel, cooldown 0.
#pragma once

#include <cstdint>
#include <limits>

namespace nn {

struct PlateauRule {
  std::int64_t patience;    // losses without improvement that are let pass
  double threshold = 1e-4;  // share of the best loss that counts as an improvement
  double best = std::numeric_limits<double>::infinity();
  std::int64_t waited = 0;

  /// Takes the loss of a step; true when the rate falls.
  bool falls(double loss) {
    if (loss < best * (1.0 - threshold)) {
      best = loss;
      waited = 0;
      return false;
    }
    if (++waited <= patience) return false;
    waited = 0;
    return true;
  }
};

}  // namespace nn
