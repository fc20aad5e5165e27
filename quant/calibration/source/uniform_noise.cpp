// Independent pixels, every byte equally likely, normalised as stored images are.
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

struct UniformNoise final : CalibrationSource {
  explicit UniformNoise(core::Params&) {}
  bool selects() const override { return false; }
  void check(const CalibrationSet&, const CalibrationRequest&) const override {}
  Calibration draw(const CalibrationSet&, const CalibrationRequest& request,
                   core::Rng rng) const override {
    const core::Rng noise = rng.stream("noise");
    core::Tensor pixels = core::Tensor::empty(images_shape(request), core::DType::u8);
    std::uint64_t i = 0;
    for (std::uint8_t& byte : pixels.writable<std::uint8_t>())
      byte = static_cast<std::uint8_t>(noise.bits(i++) >> 24);
    return made_images(data::normalise(pixels, request.dataset.normalisation()));
  }
};

const core::Registered<CalibrationSource, UniformNoise> kRegistered{"uniform_noise"};

}  // namespace
}  // namespace quant
