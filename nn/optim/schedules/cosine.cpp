// Half a cosine from 1 to `end`, after an optional warm-up.
// source: Loshchilov & Hutter 2017 (SGDR), eq. 5; without warm-up this is PyTorch's
// CosineAnnealingLR with T_max = total and eta_min = end * lr.
#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

struct Cosine {
  double end;
  explicit Cosine(core::Params& c) : end(end_option(c, 0.0, 0.0)) {}
  double factor(std::int64_t step, std::int64_t total) const {
    return cosine_between(1.0, end, static_cast<double>(step) / static_cast<double>(total));
  }
};

const core::Registered<Schedule, Warmed<Cosine>> kRegistered{"cosine"};

}  // namespace
}  // namespace nn
