// mean over samples and positions of sum over channels d^2 w, d = prediction - target,
// w = m / mean(m), m = mean over samples of |g(y + e) - g(y - e)|, g the gradient of the divergence
// from the float logits at temperature T, y the float output, e one number added to every element.
// Gradient 2 d w / rows; where every difference is 0 the loss is 0.
// source: 'hessian_perturb' of APHQ-ViT's released code (T = 20, mean over samples).
// deviation: the code takes e = 1e-6, which in f32 leaves mostly rounding error (see the test of
// sensitivity.h), hence the default 1e-2; it averages over all images, we over those of the call;
// it divides the loss by 10.
#include "core/kernels/map.h"
#include "core/kernels/reduce.h"
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Curved {
  template <class T>
  T value(T d, T w) const {
    return w * (d * d);
  }
  template <class T>
  T slope(T d, T w) const {
    return T(2) * (w * d);
  }
};

struct HessianPerturb final : Loss {
  LossNeeds need{.sensitivity = true};
  bool mean_over_samples;
  explicit HessianPerturb(core::Params& params) {
    need.perturbation = params.get<double>(
        "epsilon", 1e-2, {.doc = "e added to and taken from the float output", .min = 1e-9});
    need.temperature = params.get<double>(
        "temperature", 20.0, {.doc = "T of the divergence", .source = "APHQ-ViT", .min = 1e-3});
    mean_over_samples = params.get<bool>(
        "mean_over_samples", true,
        {.doc = "one weight a position and channel for all samples", .source = "APHQ-ViT"});
  }
  LossNeeds needs() const override { return need; }
  autograd::Variable operator()(const LossInputs& given) const override {
    const double rows = static_cast<double>(loss_rows("hessian_perturb", given, need));
    const LossInputs in = widened(given);
    const core::Shape& shape = in.target.shape();
    core::Tensor m = core::abs(in.sensitivity.to(in.target.dtype()));
    if (mean_over_samples && shape.rank() > 1) {
      const core::Tensor mean = core::affine(core::sum(m, std::vector<int>{0}, true),
                                             1.0 / static_cast<double>(shape[0]), 0.0);
      m = core::broadcast_to(mean, shape);
    }
    const double sum = core::sum(m).item();
    const double unit = sum == 0 ? 0.0 : static_cast<double>(m.numel()) / sum;
    return elementwise("hessian_perturb", in, unit / rows, Curved{}, m);
  }
};

const core::Registered<Loss, HessianPerturb> kRegistered{"hessian_perturb"};

}  // namespace
}  // namespace quant
