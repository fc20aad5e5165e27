// (1 - q) x + q x_hat with q from 0 to 1 over the first `share` of the steps.
// source: MCT (gradual activation quantisation, linear).
#include <algorithm>

#include "core/kernels/map.h"
#include "quant/input/input.h"

namespace quant {
namespace {

struct Anneal final : Input {
  double share;
  explicit Anneal(core::Params& params)
      : share(params.get<double>("share", 1.0,
                                 {.doc = "share of the steps until the input is quantised",
                                  .source = "MCT: 1",
                                  .min = 1e-6,
                                  .max = 1})) {}
  bool wants_float() const override { return true; }
  core::Tensor batch(const core::Tensor& x_quant, const core::Tensor& x_float, double progress,
                     const core::Rng&) const override {
    const double q = std::min(1.0, progress / share);
    core::Tensor out = core::affine(x_float, 1 - q, 0);
    core::accumulate(out, x_quant, q);
    return out;
  }
};

const core::Registered<Input, Anneal> kRegistered{"anneal"};

}  // namespace
}  // namespace quant
