// Whole channels of a sample become zero with probability p.
#include "quant/augment/augment.h"
#include "quant/augment/places.h"

namespace quant {
namespace {

struct ChannelDrop final : Augment {
  double p;
  explicit ChannelDrop(core::Params& params)
      : p(params.get<double>(
            "p", 0.1,
            {.doc = "share of channels that become zero", .source = "ours", .min = 0, .max = 1})) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    const Places at = places_of("channel_drop", x);
    core::Tensor out = x;
    const std::span<float> values = out.writable<float>();
    for (std::int64_t row = 0; row < at.rows; ++row) {
      for (std::int64_t c = 0; c < at.channels; ++c) {
        if (rng.uniform() >= p) continue;
        for (std::int64_t k = 0; k < at.per_row(); ++k) {
          values[static_cast<std::size_t>((row * at.per_row() + k) * at.channels + c)] = 0;
        }
      }
    }
    return out;
  }
};

const core::Registered<Augment, ChannelDrop> kRegistered{"channel_drop"};

}  // namespace
}  // namespace quant
