// A straight line from 1 to `end`, after an optional warm-up.
#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

struct Linear {
  double end;
  explicit Linear(core::Params& c) : end(end_option(c, 0.0, 0.0)) {}
  double factor(std::int64_t step, std::int64_t total) const {
    return 1.0 + (end - 1.0) * (static_cast<double>(step) / static_cast<double>(total));
  }
};

const core::Registered<Schedule, Warmed<Linear>> kRegistered{"linear"};

}  // namespace
}  // namespace nn
