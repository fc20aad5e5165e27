// A box of positions of each sample becomes zero.  source: DeVries and Taylor 2017, on features.
#include <algorithm>

#include "quant/augment/augment.h"
#include "quant/augment/places.h"

namespace quant {
namespace {

struct Cutout final : Augment {
  double side;
  explicit Cutout(core::Params& params) : side(read_side(params)) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    const Places at = places_of("cutout", x);
    core::Tensor out = x;
    const std::span<float> values = out.writable<float>();
    for (std::int64_t row = 0; row < at.rows; ++row) {
      for_runs(at, row, draw_box(at, side, rng), [&](std::int64_t begin, std::int64_t count) {
        std::fill_n(values.begin() + begin, count, 0.0f);
      });
    }
    return out;
  }
};

const core::Registered<Augment, Cutout> kRegistered{"cutout"};

}  // namespace
}  // namespace quant
