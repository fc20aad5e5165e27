// factor = end^(share of the steps done): the same ratio from step to step, after an optional
// warm-up.
// source: torch.optim.lr_scheduler.ExponentialLR with gamma = end^(1/total).
#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

struct Exponential {
  double end;
  explicit Exponential(core::Params& c) : end(end_option(c, 0.01, 1e-12)) {}
  double factor(std::int64_t step, std::int64_t total) const {
    return std::pow(end, static_cast<double>(step) / static_cast<double>(total));
  }
};

const core::Registered<Schedule, Warmed<Exponential>> kRegistered{"exponential"};

}  // namespace
}  // namespace nn
