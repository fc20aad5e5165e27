// Ranges of k standard deviations around the mean, inside the smallest and largest value; grids of
// 8 bits take those themselves.  Zero stays inside the range. source: AdaQuant code (mean_std): k =
// 6, below 8 bits only.
#include <algorithm>
#include <cmath>

#include "quant/scale/scale.h"
#include "quant/scale/search.h"

namespace quant {
namespace {

struct MeanStd final : Scale {
  double k;
  explicit MeanStd(core::Params& params)
      : k(params.get<double>("k", 6.0,
                             {.doc = "standard deviations on either side of the mean",
                              .source = "AdaQuant code",
                              .min = 0.1,
                              .max = 100})) {}
  QParams operator()(const core::Tensor& x, const Grid& grid) const override {
    std::vector<Range> ranges = ranges_of(x, grid);
    if (grid.bits >= 8) return qparams_of(ranges, grid);
    const std::int64_t run = x.numel() / static_cast<std::int64_t>(ranges.size());
    const auto values = x.data<float>();
    for (std::size_t e = 0; e < ranges.size(); ++e) {
      const auto own = values.subspan(e * std::size_t(run), std::size_t(run));
      double sum = 0, squares = 0;
      for (const float v : own) sum += v;
      const double mean = sum / static_cast<double>(run);
      for (const float v : own) squares += (v - mean) * (v - mean);
      const double reach = k * std::sqrt(squares / static_cast<double>(run));
      ranges[e] = {std::min(0.0, std::max(ranges[e].lo, mean - reach)),
                   std::max(0.0, std::min(ranges[e].hi, mean + reach))};
    }
    return qparams_of(ranges, grid);
  }
};

const core::Registered<Scale, MeanStd> kRegistered{"mean_std"};

}  // namespace
}  // namespace quant
