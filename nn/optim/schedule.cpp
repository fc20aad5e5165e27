#include "nn/optim/schedule.h"

#include <cmath>
#include <numbers>
#include <vector>

namespace nn {
namespace {

using core::Key;

double cosine_between(double from, double to, double share) {
  return to + (from - to) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

/// A linear rise over the first `share` of all steps: factor (step + 1) / W at step < W.
class Warmup {
 public:
  explicit Warmup(core::Params& c)
      : share_(c.get<double>("warmup", 0.0,
                             Key{.doc = "share of the steps that rise linearly to the base rate",
                                 .min = 0.0,
                                 .max = 0.9})) {}
  std::int64_t steps(std::int64_t total) const {
    return std::llround(share_ * static_cast<double>(total));
  }

  /// `decay(share)` after the rise, share in [0, 1) of what is left.
  template <class Decay>
  double factor(std::int64_t step, std::int64_t total, Decay&& decay) const {
    const std::int64_t w = steps(total);
    if (step < w) return static_cast<double>(step + 1) / static_cast<double>(w);
    return decay(static_cast<double>(step - w) / static_cast<double>(total - w));
  }

 private:
  double share_;
};

double end_option(core::Params& c) {
  return c.get<double>("end", 0.0,
                       Key{.doc = "factor that the last step approaches", .min = 0.0, .max = 1.0});
}

struct Constant final : Schedule {
  explicit Constant(core::Params&) {}
  double factor(std::int64_t, std::int64_t) const override { return 1.0; }
};

struct Linear final : Schedule {
  Warmup warmup;
  double end;
  explicit Linear(core::Params& c) : warmup(c), end(end_option(c)) {}
  double factor(std::int64_t step, std::int64_t total) const override {
    return warmup.factor(step, total, [this](double share) { return 1.0 + (end - 1.0) * share; });
  }
};

/// source: Loshchilov & Hutter 2017, eq. 5; torch.optim.lr_scheduler.CosineAnnealingLR with T_max =
/// total.
struct Cosine final : Schedule {
  Warmup warmup;
  double end;
  explicit Cosine(core::Params& c) : warmup(c), end(end_option(c)) {}
  double factor(std::int64_t step, std::int64_t total) const override {
    return warmup.factor(step, total,
                         [this](double share) { return cosine_between(1.0, end, share); });
  }
};

/// The base rate is the peak; momentum is left alone (PyTorch cycles it unless told otherwise).
/// source: Smith & Topin 2017; torch.optim.lr_scheduler.OneCycleLR, anneal_strategy cos, two
/// phases.
struct OneCycle final : Schedule {
  double pct_start, div_factor, final_div_factor;
  explicit OneCycle(core::Params& c)
      : pct_start(c.get<double>("pct_start", 0.3,
                                Key{.doc = "share of the steps that rise",
                                    .source = "PyTorch",
                                    .min = 0.0,
                                    .max = 1.0})),
        div_factor(c.get<double>("div_factor", 25.0,
                                 Key{.doc = "peak / first rate", .source = "PyTorch", .min = 1.0})),
        final_div_factor(
            c.get<double>("final_div_factor", 1e4,
                          Key{.doc = "first / last rate", .source = "PyTorch", .min = 1.0})) {}
  double factor(std::int64_t step, std::int64_t total) const override {
    const double first = 1.0 / div_factor, last = first / final_div_factor;
    const double s = static_cast<double>(step), n = static_cast<double>(total);
    const double peak = pct_start * n - 1.0;  // PyTorch's phase ends at this (fractional) step
    if (s <= peak) return cosine_between(first, 1.0, s / peak);
    const double length = n - 1.0 - peak;
    return length > 0 ? cosine_between(1.0, last, (s - peak) / length) : 1.0;
  }
};

/// factor = gamma^(milestones passed); milestones are shares of all steps.
/// source: torch.optim.lr_scheduler.MultiStepLR, with shares instead of epochs.
struct Step final : Schedule {
  std::vector<double> milestones;
  double gamma;
  explicit Step(core::Params& c)
      : milestones(
            c.get<std::vector<double>>("milestones", {0.5, 0.75},
                                       Key{.doc = "shares of the steps after which the rate drops",
                                           .source = "He et al. 2015"})),
        gamma(c.get<double>(
            "gamma", 0.1,
            Key{.doc = "factor of each drop", .source = "PyTorch", .min = 0.0, .max = 1.0})) {
    for (const double m : milestones) {
      if (m < 0 || m > 1) c.fail("milestones", "must lie in [0, 1]");
    }
  }
  double factor(std::int64_t step, std::int64_t total) const override {
    double f = 1.0;
    for (const double m : milestones) {
      if (static_cast<double>(step) >= m * static_cast<double>(total)) f *= gamma;
    }
    return f;
  }
};

const core::Registered<Schedule, Constant> kConstant{"constant"};
const core::Registered<Schedule, Linear> kLinear{"linear"};
const core::Registered<Schedule, Cosine> kCosine{"cosine"};
const core::Registered<Schedule, OneCycle> kOneCycle{"one_cycle"};
const core::Registered<Schedule, Step> kStep{"step"};

}  // namespace
}  // namespace nn
