// Feature maps move by up to `pixels` positions in each direction, zeros come in at the edge; the
// crop of image augmentation, on features.
#include <algorithm>

#include "quant/augment/augment.h"
#include "quant/augment/places.h"

namespace quant {
namespace {

struct Shift final : Augment {
  std::int64_t pixels;
  explicit Shift(core::Params& params)
      : pixels(params.get<std::int64_t>(
            "pixels", 1, {.doc = "largest move in each direction", .min = 0, .max = 64})) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    const Places at = places_of("shift", x);
    const std::span<const float> in = x.data<float>();
    core::Tensor out = core::Tensor::zeros(x.shape());
    const std::span<float> values = out.writable<float>();
    for (std::int64_t row = 0; row < at.rows; ++row) {
      const std::int64_t dy = move(at.height, rng), dx = move(at.width, rng);
      const Box box{std::max<std::int64_t>(0, dy), std::max<std::int64_t>(0, dx),
                    at.height - std::abs(dy), at.width - std::abs(dx)};
      const std::int64_t back = (dy * at.width + dx) * at.channels;
      for_runs(at, row, box, [&](std::int64_t begin, std::int64_t count) {
        std::copy_n(in.begin() + begin - back, count, values.begin() + begin);
      });
    }
    return out;
  }

 private:
  std::int64_t move(std::int64_t extent, core::Rng& rng) const {
    const std::int64_t most = std::min(pixels, extent - 1);
    return rng.below(2 * most + 1) - most;
  }
};

const core::Registered<Augment, Shift> kRegistered{"shift"};

}  // namespace
}  // namespace quant
