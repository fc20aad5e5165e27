// factor = 1, after an optional warm-up.
#include "nn/optim/schedules/shapes.h"

namespace nn {
namespace {

struct Constant {
  explicit Constant(core::Params&) {}
  double factor(std::int64_t, std::int64_t) const { return 1.0; }
};

const core::Registered<Schedule, Warmed<Constant>> kRegistered{"constant"};

}  // namespace
}  // namespace nn
