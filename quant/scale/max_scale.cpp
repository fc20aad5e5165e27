// The smallest and largest value times (b + 2) / 8: narrower for fewer bits, b = 6 as they are.
// source: BRECQ code (option scale of its range methods).
#include "quant/scale/scale.h"
#include "quant/scale/search.h"

namespace quant {
namespace {

struct MaxScale final : Scale {
  explicit MaxScale(core::Params&) {}
  QParams operator()(const core::Tensor& x, const Grid& grid) const override {
    std::vector<Range> ranges = ranges_of(x, grid);
    const double factor = (grid.bits + 2) / 8.0;
    for (Range& r : ranges) r = {r.lo * factor, r.hi * factor};
    return qparams_of(ranges, grid);
  }
};

const core::Registered<Scale, MaxScale> kRegistered{"max_scale"};

}  // namespace
}  // namespace quant
