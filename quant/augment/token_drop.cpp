// Whole positions (tokens, pixels) of a sample become zero with probability p.
#include <algorithm>

#include "quant/augment/augment.h"
#include "quant/augment/places.h"

namespace quant {
namespace {

struct TokenDrop final : Augment {
  double p;
  explicit TokenDrop(core::Params& params)
      : p(params.get<double>(
            "p", 0.1,
            {.doc = "share of positions that become zero", .source = "ours", .min = 0, .max = 1})) {
  }
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    const Places at = places_of("token_drop", x);
    core::Tensor out = x;
    const std::span<float> values = out.writable<float>();
    for (std::int64_t k = 0; k < at.rows * at.per_row(); ++k) {
      if (rng.uniform() >= p) continue;
      std::fill_n(values.begin() + k * at.channels, at.channels, 0.0f);
    }
    return out;
  }
};

const core::Registered<Augment, TokenDrop> kRegistered{"token_drop"};

}  // namespace
}  // namespace quant
