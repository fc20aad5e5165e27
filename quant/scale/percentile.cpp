// Ranges from quantiles: hi is the given percentile of the values and lo that from the other end,
// or of three percentiles those whose squared error is least.  Quantiles lie between two values in
// proportion; zero stays inside the range.
// source: RepQ-ViT code: the best of 99.9, 99.99 and 99.999; Brevitas: 99.999 for activations.
#include <algorithm>

#include "core/system/threads.h"
#include "quant/scale/scale.h"
#include "quant/scale/search.h"

namespace quant {
namespace {

double quantile(std::span<const float> sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] +
         (at - static_cast<double>(below)) * (double(sorted[above]) - sorted[below]);
}

struct Percentile final : Scale {
  std::vector<double> shares{0.999, 0.9999, 0.99999};

  explicit Percentile(core::Params& params) {
    const auto percent = params.get<double>(
        "percent", 0.0,
        {.doc = "percentile of the upper end; 0 = of 99.9, 99.99 and 99.999 the one with the least "
                "squared error",
         .source = "RepQ-ViT code",
         .min = 0,
         .max = 100});
    if (percent == 0) return;
    if (percent <= 50) params.fail("percent", "must be above 50, or 0 for the best of three");
    shares = {percent / 100};
  }

  QParams operator()(const core::Tensor& x, const Grid& grid) const override {
    std::vector<Range> ranges = ranges_of(x, grid);
    const auto entries = static_cast<std::int64_t>(ranges.size());
    const std::int64_t run = x.numel() / entries;
    const auto values = x.data<float>();
    core::parallel_for(entries, std::max<std::int64_t>(1, (1 << 12) / run),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t e = begin; e < end; ++e) {
                           ranges[static_cast<std::size_t>(e)] =
                               best(values.subspan(std::size_t(e * run), std::size_t(run)), grid);
                         }
                       });
    return qparams_of(ranges, grid);
  }

 private:
  Range best(std::span<const float> values, const Grid& grid) const {
    std::vector<float> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    Range out{0, 0};
    double least = 0;
    for (const double share : shares) {
      const Range r{std::min(0.0, quantile(sorted, 1 - share)),
                    std::max(0.0, quantile(sorted, share))};
      const double error = quantisation_error(values, step_of_range(r.lo, r.hi, grid), grid, 2.0);
      if (share == shares.front() || error < least) out = r, least = error;
    }
    return out;
  }
};

const core::Registered<Scale, Percentile> kRegistered{"percentile"};

}  // namespace
}  // namespace quant
