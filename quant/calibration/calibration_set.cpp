#include "quant/calibration/calibration_set.h"

namespace quant {

Calibration draw_calibration(const CalibrationSet& set, const CalibrationRequest& request,
                             core::Rng rng) {
  const std::int64_t available = request.dataset.size(request.split);
  core::require_input("calibration", request.count <= available,
                      "count must not exceed the split; asked for {} of the {} images of split {}",
                      request.count, available, data::name_of(request.split));
  Calibration out;
  out.index = set.draw(request, rng);
  out.images = data::normalise(request.dataset.pixels(request.split, out.index),
                               request.dataset.normalisation());
  return out;
}

}  // namespace quant
