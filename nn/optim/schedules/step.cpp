// factor = gamma^(milestones passed); milestones are shares of the steps after the optional
// warm-up. source: torch.optim.lr_scheduler.MultiStepLR, with shares instead of epochs.
#include <vector>

#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

using core::Key;

struct Step {
  std::vector<double> milestones;
  double gamma;

  explicit Step(core::Params& c)
      : milestones(c.get<std::vector<double>>("milestones", {0.5, 0.75},
                                              Key{.doc = "shares of the steps after which the rate "
                                                         "drops; warm-up is not counted",
                                                  .source = "He et al. 2015, section 4.2"})),
        gamma(c.get<double>(
            "gamma", 0.1,
            Key{.doc = "factor of each drop", .source = "PyTorch", .min = 0.0, .max = 1.0})) {
    for (const double m : milestones) {
      if (m < 0 || m > 1) c.fail("milestones", "must lie in [0, 1]");
    }
  }

  double factor(std::int64_t step, std::int64_t total) const {
    double f = 1.0;
    for (const double m : milestones) {
      if (static_cast<double>(step) >= m * static_cast<double>(total)) f *= gamma;
    }
    return f;
  }
};

const core::Registered<Schedule, Warmed<Step>> kRegistered{"step"};

}  // namespace
}  // namespace nn
