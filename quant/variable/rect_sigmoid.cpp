// AdaRound's variable: W_hat = s (clip(floor(W/s) + h(V) + z) - z) with the rectified sigmoid
// h(V) = clip((zeta - gamma) sigmoid(V) + gamma, 0, 1), started at h = frac(W/s); hard codes use V >= 0.
// source: Nagel et al. 2020 (AdaRound), eq. 22-23.
#include "autograd/ops/rect_sigmoid.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/soft_round.h"
#include "quant/variable/learned.h"

namespace quant {
namespace {

constexpr double kTieOffset = 1e-6;  // moves a start at exactly one half to the side that RTN rounds to

struct RectSigmoid final : Learned {
  autograd::RectSigmoidOptions stretch;

  explicit RectSigmoid(core::Params& params) {
    stretch.gamma = params.get<double>("gamma", stretch.gamma,
                                       {.doc = "lower end of the stretched sigmoid", .source = "AdaRound", .min = -1, .max = 0});
    stretch.zeta = params.get<double>("zeta", stretch.zeta,
                                      {.doc = "upper end of the stretched sigmoid", .source = "AdaRound", .min = 1, .max = 2});
    // h(0) = (zeta + gamma) / 2 must be 1/2, or V >= 0 would not mean "nearer to the upper code"
    if (std::abs(stretch.zeta + stretch.gamma - 1.0) > 1e-9) params.fail("zeta", "gamma + zeta must be 1");
    if (stretch.zeta == 1.0) params.fail("zeta", "zeta must be above 1, or h never reaches 0 and 1");
  }

  std::vector<core::Tensor> init(const QuantisedWeight& weight) const override {
    const core::Tensor& w = weight.w;
    core::Tensor rest = core::Tensor::empty(w.shape(), w.dtype());
    core::Tensor v;
    core::dispatch_float("rect_sigmoid", w.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const auto in = w.data<T>(), scale = weight.q.scale.data<T>();
      const auto r = rest.writable<T>();
      const std::int64_t run = w.numel() / weight.q.scale.numel();
      for (std::int64_t i = 0; i < w.numel(); ++i) {
        const T t = in[i] / scale[i / run];
        r[i] = t - std::floor(t);
      }
      v = autograd::rect_sigmoid_inverse(rest, stretch);
      const auto out = v.writable<T>();
      for (std::int64_t i = 0; i < w.numel(); ++i) {
        const T t = in[i] / scale[i / run];
        const bool up = std::nearbyint(t) > std::floor(t);
        if (up != (out[i] >= 0)) out[i] = up ? T(kTieOffset) : T(-kTieOffset);
      }
    });
    return {v};
  }

  Softened soften(const QuantisedWeight& weight, std::span<const autograd::Variable> learned) const override {
    const autograd::Variable h = autograd::rect_sigmoid(learned[0], stretch);
    const autograd::SoftRoundOptions ends{.q_min = double(weight.grid.qmin()), .q_max = double(weight.grid.qmax())};
    return {autograd::soft_round(h, weight.w, weight.q.scale, weight.q.zero, ends), h};
  }

  core::Tensor harden(const QuantisedWeight& weight, std::span<const core::Tensor> learned) const override {
    const core::Tensor& w = weight.w;
    core::Tensor codes = core::Tensor::empty(w.shape(), core::DType::s32);
    const auto out = codes.writable<std::int32_t>();
    core::dispatch_float("rect_sigmoid", w.dtype(), [&](auto tag) {
      using T = decltype(tag);
      const auto in = w.data<T>(), scale = weight.q.scale.data<T>(), zero = weight.q.zero.data<T>(),
                 v = learned[0].data<T>();
      const std::int64_t run = w.numel() / weight.q.scale.numel();
      const T lo = T(weight.grid.qmin()), hi = T(weight.grid.qmax());
      for (std::int64_t i = 0; i < w.numel(); ++i) {
        const std::int64_t e = i / run;
        const T code = std::floor(in[i] / scale[e]) + (v[i] >= 0 ? T(1) : T(0)) + zero[e];
        out[i] = static_cast<std::int32_t>(std::clamp(code, lo, hi));
      }
    });
    return codes;
  }
};

const core::Registered<Learned, RectSigmoid> kRegistered{"rect_sigmoid"};

}  // namespace
}  // namespace quant
