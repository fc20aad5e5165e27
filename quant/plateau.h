// Plateau: a learning rate that falls to a tenth when the loss has not fallen by 1e-4 of itself for
// more than `patience` steps, down to a least rate.
// source: torch.optim.lr_scheduler.ReduceLROnPlateau with factor 0.1, threshold 1e-4 (relative);
// used by ZeroQ and PD-Quant to change images and features.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace quant {

struct Plateau {
  double lr, least;
  std::int64_t patience, bad = 0;
  double best = std::numeric_limits<double>::infinity();

  void see(double loss) {
    bad = loss < best * (1.0 - 1e-4) ? 0 : bad + 1;
    if (bad == 0) best = loss;
    if (bad <= patience) return;
    lr = std::max(0.1 * lr, least);
    bad = 0;
  }
};

}  // namespace quant
