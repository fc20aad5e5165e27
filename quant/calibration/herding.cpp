// Images whose mean in the feature space follows the mean of the pool: each one brings the mean of
// those taken closest to it, so that every prefix is a good summary.
//
// With k - 1 taken, sum S and pool mean mu the next is the candidate that minimises
// |k mu - S - f|^2, that is |f|^2 - 2 <k mu - S, f>; of equal ones the earlier in the random pool.
// Features are inputs of the classifier as they are.
// source: Welling 2009; Rebuffi et al., 1611.07725 (iCaRL), algorithm 4, which normalises features.
#include <limits>

#include "core/system/threads.h"
#include "quant/calibration/candidates.h"

namespace quant {
namespace {

constexpr std::int64_t kGrain = 256;

struct Herding final : FeatureSelection {
  explicit Herding(core::Params& params) : FeatureSelection("herding", params) {}

 private:
  std::vector<std::size_t> choose(const core::Tensor& features, std::size_t wanted) const override {
    const auto count = static_cast<std::size_t>(features.shape()[0]);
    const auto width = static_cast<std::size_t>(features.shape()[1]);
    const float* rows = features.data<float>().data();
    std::vector<double> mean(width), ahead(width), square(count), cost(count);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t f = 0; f < width; ++f) {
        const double x = rows[i * width + f];
        mean[f] += x;
        square[i] += x * x;
      }
    }
    for (double& m : mean) m /= static_cast<double>(count);

    std::vector<std::size_t> index;
    std::vector<bool> taken(count);
    while (index.size() < wanted) {
      for (std::size_t f = 0; f < width; ++f) ahead[f] += mean[f];
      core::parallel_for(
          static_cast<std::int64_t>(count), kGrain, [&](std::int64_t begin, std::int64_t end) {
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
              double product = 0;
              for (std::size_t f = 0; f < width; ++f)
                product += ahead[f] * static_cast<double>(rows[i * width + f]);
              cost[i] = square[i] - 2 * product;
            }
          });
      std::size_t best = count;
      for (std::size_t i = 0; i < count; ++i) {
        if (!taken[i] && (best == count || cost[i] < cost[best])) best = i;
      }
      taken[best] = true;
      index.push_back(best);
      for (std::size_t f = 0; f < width; ++f)
        ahead[f] -= static_cast<double>(rows[best * width + f]);
    }
    return index;
  }
};

const core::Registered<CalibrationSet, Herding> kRegistered{"herding"};

}  // namespace
}  // namespace quant
