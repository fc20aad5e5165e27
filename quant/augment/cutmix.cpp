// A box of positions of each sample comes from another sample of the batch, at the same place.
// source: Yun et al. 2019, on features.
#include <algorithm>

#include "quant/augment/augment.h"
#include "quant/augment/places.h"

namespace quant {
namespace {

struct Cutmix final : Augment {
  double side;
  explicit Cutmix(core::Params& params) : side(read_side(params)) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    const Places at = places_of("cutmix", x);
    const std::vector<std::int64_t> other = rng.permutation(at.rows);
    const std::span<const float> in = x.data<float>();
    const std::int64_t row_size = at.per_row() * at.channels;
    core::Tensor out = x;
    const std::span<float> values = out.writable<float>();
    for (std::int64_t row = 0; row < at.rows; ++row) {
      const std::int64_t shift = (other[static_cast<std::size_t>(row)] - row) * row_size;
      for_runs(at, row, draw_box(at, side, rng), [&](std::int64_t begin, std::int64_t count) {
        std::copy_n(in.begin() + begin + shift, count, values.begin() + begin);
      });
    }
    return out;
  }
};

const core::Registered<Augment, Cutmix> kRegistered{"cutmix"};

}  // namespace
}  // namespace quant
