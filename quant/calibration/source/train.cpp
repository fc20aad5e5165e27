// Stored images without augmentation, of the split `train` unless calibration.split says otherwise.
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

struct Train final : CalibrationSource {
  explicit Train(core::Params&) {}
  Calibration draw(const CalibrationSet& set, const CalibrationRequest& request,
                   core::Rng rng) const override {
    return StoredImages(set, request, rng).normalised(request.dataset);
  }
};

const core::Registered<CalibrationSource, Train> kRegistered{"train"};

}  // namespace
}  // namespace quant
