// Ranges from the smallest and largest value: lo = min(0, min x), hi = max(0, max x).
#include "quant/scale/scale.h"
#include "quant/scale/search.h"

namespace quant {
namespace {

struct MinMax final : Scale {
  explicit MinMax(core::Params&) {}
  QParams operator()(const core::Tensor& x, const Grid& grid) const override {
    return qparams_of(ranges_of(x, grid), grid);
  }
};

const core::Registered<Scale, MinMax> kRegistered{"minmax"};

}  // namespace
}  // namespace quant
