// Feature maps are mirrored left to right with probability p; token rows are mirrored in order.
#include <algorithm>

#include "quant/augment/augment.h"
#include "quant/augment/places.h"

namespace quant {
namespace {

struct Flip final : Augment {
  double p;
  explicit Flip(core::Params& params)
      : p(params.get<double>(
            "p", 0.5,
            {.doc = "share of samples that are mirrored", .source = "ours", .min = 0, .max = 1})) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    const Places at = places_of("flip", x);
    const std::span<const float> in = x.data<float>();
    core::Tensor out = x;
    const std::span<float> values = out.writable<float>();
    for (std::int64_t row = 0; row < at.rows; ++row) {
      if (rng.uniform() >= p) continue;
      for (std::int64_t line = row * at.height; line < (row + 1) * at.height; ++line) {
        for (std::int64_t k = 0; k < at.width; ++k) {
          std::copy_n(in.begin() + (line * at.width + k) * at.channels, at.channels,
                      values.begin() + (line * at.width + at.width - 1 - k) * at.channels);
        }
      }
    }
    return out;
  }
};

const core::Registered<Augment, Flip> kRegistered{"flip"};

}  // namespace
}  // namespace quant
