// Stored images of the split `val`, which the network was not trained on.
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

struct Validation final : CalibrationSource {
  explicit Validation(core::Params&) {}
  std::optional<data::Split> split() const override { return data::Split::val; }
  Calibration draw(const CalibrationSet& set, const CalibrationRequest& request,
                   core::Rng rng) const override {
    return StoredImages(set, request, rng).normalised(request.dataset);
  }
};

const core::Registered<CalibrationSource, Validation> kRegistered{"validation"};

}  // namespace
}  // namespace quant
