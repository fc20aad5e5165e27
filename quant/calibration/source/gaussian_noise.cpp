// Independent normal values, in the units of the normalised input: the images of a network that
// knows of its data no more than mean and standard deviation.
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

struct GaussianNoise final : CalibrationSource {
  double mean, std;

  explicit GaussianNoise(core::Params& params)
      : mean(params.get<double>("mean", 0.0, {.doc = "of the normalised input"})),
        std(params.get<double>("std", 1.0, {.doc = "of the normalised input", .min = 0.0})) {}
  bool selects() const override { return false; }
  void check(const CalibrationSet&, const CalibrationRequest&) const override {}
  Calibration draw(const CalibrationSet&, const CalibrationRequest& request,
                   core::Rng rng) const override {
    return made_images(rng.stream("noise").normal(images_shape(request), mean, std));
  }
};

const core::Registered<CalibrationSource, GaussianNoise> kRegistered{"gaussian_noise"};

}  // namespace
}  // namespace quant
