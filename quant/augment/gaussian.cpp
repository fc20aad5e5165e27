// x + sigma std(x) e, e standard normal; std over the whole batch.
#include <cmath>

#include "core/kernels/map.h"
#include "quant/augment/augment.h"

namespace quant {
namespace {

struct Gaussian final : Augment {
  double sigma;
  explicit Gaussian(core::Params& params)
      : sigma(params.get<double>("sigma", 0.1,
                                 {.doc = "noise relative to the standard deviation of the batch",
                                  .source = "ours",
                                  .min = 0,
                                  .max = 100})) {}
  core::Tensor operator()(const core::Tensor& x, core::Rng rng) const override {
    double sum = 0, squares = 0;
    for (const float v : x.data<float>()) {
      sum += v;
      squares += static_cast<double>(v) * v;
    }
    const double n = static_cast<double>(x.numel()), mean = sum / n;
    const double spread = std::sqrt(std::max(0.0, squares / n - mean * mean));
    return core::add(x, rng.normal(x.shape(), 0, sigma * spread));
  }
};

const core::Registered<Augment, Gaussian> kRegistered{"gaussian"};

}  // namespace
}  // namespace quant
