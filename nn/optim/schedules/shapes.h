// Pieces of schedules: the linear warm-up that stands in front of any of them, and the half cosine.
//
// A Shape has a constructor Shape(core::Params&) and `double factor(step, total) const` that starts
// at 1; Warmed<Shape> is the schedule, which reads `warmup` and lets the shape span the steps after
// it, and `lr_of`, with which a rate can be given for all steps together.  (one_cycle brings a rise
// of its own and is not warmed.)
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

/// The option `end` of a shape that decays from 1 to it.
inline double end_option(core::Params& c, double fallback, double min) {
  return c.get<double>(
      "end", fallback,
      core::Key{.doc = "factor that the last step approaches", .min = min, .max = 1.0});
}

/// (step + 1) / W during the W steps of warm-up, then the shape over the rest.
template <class Shape>
class Warmed final : public Schedule {
 public:
  explicit Warmed(core::Params& c)
      : warmup_(c.get<double>("warmup", 0.0,
                              core::Key{.doc = "share of the steps that rise linearly to the base "
                                               "rate; the schedule spans the rest",
                                        .min = 0.0,
                                        .max = 0.9})),
        of_run_(c.get<std::string>(
                    "lr_of", "step",
                    core::Key{.doc = "step: lr is the rate of a step; run: each step takes lr / "
                                     "number of steps, so that lr does not depend on the budget",
                              .source = "AutoRound: run (lr = 1/iterations)",
                              .one_of = {"step", "run"}}) == "run"),
        shape_(c) {}

  double factor(std::int64_t step, std::int64_t total) const override {
    const double f = factor_of_step(step, total);
    return of_run_ ? f / static_cast<double>(total) : f;
  }

 private:
  double factor_of_step(std::int64_t step, std::int64_t total) const {
    const std::int64_t w = std::llround(warmup_ * static_cast<double>(total));
    if (step < w) return static_cast<double>(step + 1) / static_cast<double>(w);
    return shape_.factor(step - w, total - w);
  }

  double warmup_;
  bool of_run_;
  Shape shape_;
};

}  // namespace nn
