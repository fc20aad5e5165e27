// x_i l + x_j (1 - l) with another sample j of the batch, one l ~ Beta(alpha, alpha) a sample.
// source: Zhang et al. 2018, on inputs of a unit (methods, feature augmentation).
#include <algorithm>
#include <cmath>

#include "quant/augment/augment.h"

namespace quant {
namespace {

/// Beta(a, a) by Joehnk's method: u^(1/a) / (u^(1/a) + v^(1/a)) given that the sum is at most 1; in
/// logarithms, so that small a does not underflow.  For a > 1 the share of accepted draws falls
/// like 4^-a, so alpha is limited to 4.
double draw_beta(double a, core::Rng& rng) {
  for (;;) {
    const double x = std::log(1 - rng.uniform()) / a, y = std::log(1 - rng.uniform()) / a;
    const double larger = std::max(x, y);
    const double log_sum = larger + std::log(std::exp(x - larger) + std::exp(y - larger));
    if (log_sum <= 0) return std::exp(x - log_sum);
  }
}

struct Mixup final : Augment {
  double alpha;
  explicit Mixup(core::Params& params)
      : alpha(params.get<double>("alpha", 0.2,
                                 {.doc = "parameter of the Beta distribution of the share",
                                  .source = "ours",
                                  .min = 0.01,
                                  .max = 4})) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    const std::int64_t rows = x.shape()[0], row_size = x.numel() / rows;
    const std::vector<std::int64_t> other = rng.permutation(rows);
    const std::span<const float> in = x.data<float>();
    core::Tensor out = x;
    const std::span<float> values = out.writable<float>();
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto share = static_cast<float>(draw_beta(alpha, rng));
      const float* own = in.data() + row * row_size;
      const float* theirs = in.data() + other[static_cast<std::size_t>(row)] * row_size;
      float* to = values.data() + row * row_size;
      for (std::int64_t k = 0; k < row_size; ++k) to[k] = share * own[k] + (1 - share) * theirs[k];
    }
    return out;
  }
};

const core::Registered<Augment, Mixup> kRegistered{"mixup"};

}  // namespace
}  // namespace quant
