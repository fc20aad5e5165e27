// A straight line from 1 to `end`, after an optional warm-up.
#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

struct Linear final : Schedule {
  Decay decay;
  explicit Linear(core::Params& c) : decay(c) {}
  double factor(std::int64_t step, std::int64_t total) const override {
    return decay.factor(step, total,
                        [this](double share) { return 1.0 + (decay.end() - 1.0) * share; });
  }
};

const core::Registered<Schedule, Linear> kRegistered{"linear"};

}  // namespace
}  // namespace nn
