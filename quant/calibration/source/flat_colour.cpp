// Images of one colour each, every byte of it equally likely, normalised as stored images are.
#include "quant/calibration/source/calibration_source.h"

namespace quant {
namespace {

struct FlatColour final : CalibrationSource {
  explicit FlatColour(core::Params&) {}
  bool selects() const override { return false; }
  void check(const CalibrationSet&, const CalibrationRequest&) const override {}
  Calibration draw(const CalibrationSet&, const CalibrationRequest& request,
                   core::Rng rng) const override {
    const core::Rng colour = rng.stream("colour");
    const core::Shape shape = images_shape(request);
    const auto channels = static_cast<std::size_t>(shape[3]);
    const auto size = static_cast<std::size_t>(shape[1] * shape[2] * shape[3]);
    core::Tensor pixels = core::Tensor::empty(shape, core::DType::u8);
    const auto bytes = pixels.writable<std::uint8_t>();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(colour.bits(i / size * channels + i % channels) >> 24);
    }
    return made_images(data::normalise(pixels, request.dataset.normalisation()));
  }
};

const core::Registered<CalibrationSource, FlatColour> kRegistered{"flat_colour"};

}  // namespace
}  // namespace quant
