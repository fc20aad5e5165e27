// Half a cosine up from 1/div_factor to 1, then one down to 1/(div_factor final_div_factor): the
// base rate is the peak.  deviation: momentum is left alone (PyTorch cycles it unless told not to).
// source: Smith & Topin 2017; torch.optim.lr_scheduler.OneCycleLR, anneal_strategy cos, two phases.
#include <algorithm>

#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

using core::Key;

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
    const double peak =
        pct_start * n - 1.0;  // PyTorch's first phase ends at this (fractional) step
    if (peak > 0 && s <= peak) return cosine_between(first, 1.0, s / peak);
    const double length = n - 1.0 - std::max(peak, 0.0);
    return length > 0 ? cosine_between(1.0, last, (s - std::max(peak, 0.0)) / length) : 1.0;
  }
};

const core::Registered<Schedule, OneCycle> kRegistered{"one_cycle"};

}  // namespace
}  // namespace nn
