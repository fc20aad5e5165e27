// Half a cosine from 1 to `end`, after an optional warm-up.
// source: Loshchilov & Hutter 2017 (SGDR), eq. 5; without warm-up this is PyTorch's
// CosineAnnealingLR with T_max = total and eta_min = end * lr.
#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

struct Cosine final : Schedule {
  Decay decay;
  explicit Cosine(core::Params& c) : decay(c) {}
  double factor(std::int64_t step, std::int64_t total) const override {
    return decay.factor(step, total,
                        [this](double share) { return cosine_between(1.0, decay.end(), share); });
  }
};

const core::Registered<Schedule, Cosine> kRegistered{"cosine"};

}  // namespace
}  // namespace nn
