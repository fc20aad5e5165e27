// The first images of the split, in stored order.
#include <numeric>

#include "quant/calibration/calibration_set.h"

namespace quant {
namespace {

struct FirstN final : CalibrationSet {
  explicit FirstN(core::Params&) {}
  std::vector<std::int64_t> draw(const CalibrationRequest& request, core::Rng) const override {
    std::vector<std::int64_t> index(static_cast<std::size_t>(request.count));
    std::iota(index.begin(), index.end(), std::int64_t{0});
    return index;
  }
};

const core::Registered<CalibrationSet, FirstN> kRegistered{"first_n"};

}  // namespace
}  // namespace quant
