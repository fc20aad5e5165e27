// Images drawn uniformly, without repetition.
#include "quant/calibration/calibration_set.h"

namespace quant {
namespace {

struct Random final : CalibrationSet {
  explicit Random(core::Params&) {}
  std::vector<std::int64_t> draw(const CalibrationRequest& request, core::Rng rng) const override {
    std::vector<std::int64_t> order = rng.permutation(request.dataset.size(request.split));
    order.resize(static_cast<std::size_t>(request.count));
    return order;
  }
};

const core::Registered<CalibrationSet, Random> kRegistered{"random"};

}  // namespace
}  // namespace quant
