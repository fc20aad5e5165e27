// Stored images after the augmentation of training: one draw of flip, shift-crop and erasing each.
// source: BRECQ and QDrop take calibration images through their training transform (trap 19 of the
// methods: an unintended axis there, a chosen one here).
#include <cmath>

#include "data/augment.h"
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

struct TrainAugmented final : CalibrationSource {
  data::AugmentOptions augment;

  explicit TrainAugmented(core::Params& params)
      : augment(data::augment_options(params, {.flip = true, .shift = 4})) {}

  Calibration draw(const CalibrationSet& set, const CalibrationRequest& request,
                   core::Rng rng) const override {
    StoredImages stored(set, request, rng);
    data::AugmentOptions options = augment;
    for (const double mean : request.dataset.normalisation().mean)
      options.fill.push_back(static_cast<std::uint8_t>(std::lround(mean * 255)));
    data::augment(stored.pixels, options, rng.stream("augment"), 0, 0);
    return stored.normalised(request.dataset);
  }
};

const core::Registered<CalibrationSource, TrainAugmented> kRegistered{"train_augmented"};

}  // namespace
}  // namespace quant
