// Pieces of schedules: a linear warm-up in front of a decay, and the half cosine.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "nn/optim/schedule.h"

namespace nn {

/// From `from` at share 0 to `to` at share 1 along half a cosine.
inline double cosine_between(double from, double to, double share) {
  return to + (from - to) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

/// The options `warmup` and `end` of a schedule that decays from 1 to `end`.
class Decay {
 public:
  explicit Decay(core::Params& c)
      : warmup_(
            c.get<double>("warmup", 0.0,
                          core::Key{.doc = "share of the steps that rise linearly to the base rate",
                                    .min = 0.0,
                                    .max = 0.9})),
        end_(c.get<double>(
            "end", 0.0,
            core::Key{.doc = "factor that the last step approaches", .min = 0.0, .max = 1.0})) {}

  double end() const { return end_; }

  /// (step + 1) / W during the W steps of warm-up, then decay(share of the rest that is done).
  template <class Fn>
  double factor(std::int64_t step, std::int64_t total, Fn&& decay) const {
    const std::int64_t w = std::llround(warmup_ * static_cast<double>(total));
    if (step < w) return static_cast<double>(step + 1) / static_cast<double>(w);
    return decay(static_cast<double>(step - w) / static_cast<double>(total - w));
  }

 private:
  double warmup_, end_;
};

}  // namespace nn
