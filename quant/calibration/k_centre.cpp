// Images that cover the feature space: each one is the candidate farthest from all taken before.
//
// The first is the first candidate of the random pool; of equally far ones the earlier in the pool.
// Distance is Euclidean between inputs of the classifier.
// source: Gonzalez 1985; Sener & Savarese, 1708.00489, algorithm 1 (without an initial pool).
#include <limits>

#include "core/system/threads.h"
#include "quant/calibration/candidates.h"

namespace quant {
namespace {

constexpr std::int64_t kGrain = 256;

struct KCentre final : FeatureSelection {
  explicit KCentre(core::Params& params) : FeatureSelection("k_centre", params) {}

 private:
  std::vector<std::size_t> choose(const core::Tensor& features, std::size_t wanted) const override {
    const std::int64_t count = features.shape()[0], width = features.shape()[1];
    const float* rows = features.data<float>().data();
    std::vector<double> distance(static_cast<std::size_t>(count),
                                 std::numeric_limits<double>::infinity());
    std::vector<std::size_t> index;
    std::size_t centre = 0;
    while (true) {
      index.push_back(centre);
      if (index.size() == wanted) return index;
      const float* c = rows + static_cast<std::int64_t>(centre) * width;
      core::parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          double d = 0;
          for (std::int64_t f = 0; f < width; ++f) {
            const double gap = static_cast<double>(rows[i * width + f]) - c[f];
            d += gap * gap;
          }
          double& nearest = distance[static_cast<std::size_t>(i)];
          if (d < nearest) nearest = d;
        }
      });
      distance[centre] = -1.0;  // taken: behind candidates that equal a centre
      for (std::size_t i = 0; i < distance.size(); ++i) {
        if (distance[i] > distance[centre]) centre = i;
      }
    }
  }
};

const core::Registered<CalibrationSet, KCentre> kRegistered{"k_centre"};

}  // namespace
}  // namespace quant
