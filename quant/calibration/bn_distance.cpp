// Images that look to the network like its training images: those whose own statistics at the
// inputs of the batch normalisations are closest to the running statistics.
//
// The distance is ModelView::bn_distance; the result keeps the random order of the pool.
#include <algorithm>
#include <numeric>

#include "quant/calibration/candidates.h"

namespace quant {
namespace {

constexpr std::string_view kName = "bn_distance";

struct BnDistance final : CalibrationSet {
  CandidatePool pool;

  explicit BnDistance(core::Params& params) : pool(params) {}
  Needs needs() const override { return {.batch_norm = true}; }
  void check(const CalibrationRequest& request) const override {
    CalibrationSet::check(request);
    pool.check(kName, request);
    require_view(kName, needs(), request, false);
  }

  std::vector<std::int64_t> draw(const CalibrationRequest& request, core::Rng rng) const override {
    require_view(kName, needs(), request, true);
    const std::vector<std::int64_t> candidates = pool.draw(request, rng);
    const core::Tensor distance =
        rows_of_images(kName, request, candidates,
                       [&](const core::Tensor& x) { return request.view->bn_distance(x); });
    const auto d = distance.data<double>();
    std::vector<std::size_t> place(candidates.size());
    std::iota(place.begin(), place.end(), std::size_t{0});
    std::stable_sort(place.begin(), place.end(),
                     [&](std::size_t a, std::size_t b) { return d[a] < d[b]; });
    place.resize(static_cast<std::size_t>(request.count));
    std::sort(place.begin(), place.end());
    std::vector<std::int64_t> index;
    for (const std::size_t p : place) index.push_back(candidates[p]);
    return index;
  }
};

const core::Registered<CalibrationSet, BnDistance> kRegistered{"bn_distance"};

}  // namespace
}  // namespace quant
