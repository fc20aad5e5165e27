#include "quant/calibration/source/calibration_source.h"

namespace quant {

Calibration draw_calibration(const CalibrationSource& source, const CalibrationSet& set,
                             const CalibrationRequest& request, core::Rng rng) {
  source.check(set, request);
  Calibration out = source.draw(set, request, rng);
  core::require("calibration", out.images.shape() == images_shape(request),
                "a source gives the images that were asked for; got {}, asked {}",
                out.images.shape(), images_shape(request));
  return out;
}

StoredImages::StoredImages(const CalibrationSet& set, const CalibrationRequest& request,
                           core::Rng rng)
    : index(set.draw(request, rng)),
      pixels(request.dataset.pixels(request.split, index)),
      labels(request.dataset.labels(request.split, index)) {}

Calibration StoredImages::normalised(const data::Dataset& dataset) const {
  return {index, data::normalise(pixels, dataset.normalisation()), labels};
}

Calibration made_images(core::Tensor images) {
  const std::int64_t count = images.shape()[0];
  return {std::vector<std::int64_t>(static_cast<std::size_t>(count), -1), std::move(images),
          core::Tensor::full({count}, -1.0, core::DType::s64)};
}

core::Shape images_shape(const CalibrationRequest& request) {
  const core::Shape image = request.dataset.image_shape();
  return {request.count, image[0], image[1], image[2]};
}

}  // namespace quant
