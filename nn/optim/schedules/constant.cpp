// factor = 1.
#include "nn/optim/schedule.h"

namespace nn {
namespace {

struct Constant final : Schedule {
  explicit Constant(core::Params&) {}
  double factor(std::int64_t, std::int64_t) const override { return 1.0; }
};

const core::Registered<Schedule, Constant> kRegistered{"constant"};

}  // namespace
}  // namespace nn
