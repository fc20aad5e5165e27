// AdaRound's variable: W_hat = s (clip(floor(W/s) + h(V) + z) - z) with the rectified sigmoid
// h(V) = clip((zeta - gamma) sigmoid(V) + gamma, 0, 1), started at h = frac(W/s); hard codes use V
// >= 0. source: Nagel et al. 2020 (AdaRound), eq. 22-23.
#include "autograd/ops/rect_sigmoid.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/ops/soft_round.h"
#include "core/kernels/math.h"
#include "core/threads.h"
#include "quant/variable/learned.h"

namespace quant {
namespace {

constexpr double kTieOffset =
    1e-6;  // moves a start at exactly one half to the side that RTN rounds to

/// Calls fn(begin, end, scale, zero) for pieces of one scale, in parallel.
template <class T, class Fn>
void for_runs(const QuantisedWeight& weight, Fn&& fn) {
  const auto scale = weight.q.scale.data<T>(), zero = weight.q.zero.data<T>();
  const std::int64_t run = weight.w.numel() / weight.q.scale.numel();
  core::parallel_for(weight.w.numel(), 1 << 13, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t stop = std::min(end, (begin / run + 1) * run);
      fn(begin, stop, scale[begin / run], zero[begin / run]);
      begin = stop;
    }
  });
}

/// The numbers of one run of weights that share a step.
struct RunConstants {
  float width, shift;  // of the stretched sigmoid
  float scale, zero, lo, hi;
  float factor, exponent;  // slope of the penalty: factor sign(2h-1) |2h-1|^exponent
};

inline float clip(float x, float lo, float hi) {
  x = x < lo ? lo : x;
  return x > hi ? hi : x;
}

// Out of line and over restrict pointers: inside a parallel region g++ leaves these loops scalar.
[[gnu::noinline]] void soften_run(const float* __restrict v, const float* __restrict w,
                                  float* __restrict out, std::int64_t n, RunConstants c) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float h = clip(c.width * core::math::sigmoid(v[i]) + c.shift, 0.0f, 1.0f);
    out[i] = c.scale * (clip(std::floor(w[i] / c.scale) + h + c.zero, c.lo, c.hi) - c.zero);
  }
}

template <bool pulled>
[[gnu::noinline]] void gradient_run(const float* __restrict v, const float* __restrict w,
                                    const float* __restrict g, float* __restrict out,
                                    std::int64_t n, RunConstants c) {
  constexpr float kSlack = 8 * std::numeric_limits<float>::epsilon();  // as rect_sigmoid's backward
  for (std::int64_t i = 0; i < n; ++i) {
    const float sigma = core::math::sigmoid(v[i]);
    const float u = c.width * sigma + c.shift, h = clip(u, 0.0f, 1.0f);
    const float code = std::floor(w[i] / c.scale) + h + c.zero, through = c.scale * g[i];
    float dh = code >= c.lo && code <= c.hi ? through : 0.0f;
    if constexpr (pulled) {
      const float t = 2.0f * h - 1.0f;
      const float sign = t > 0.0f ? 1.0f : (t < 0.0f ? -1.0f : 0.0f);
      dh += c.factor * sign * core::math::pow(std::fabs(t), c.exponent);
    }
    const float dv = dh * c.width * sigma * (1.0f - sigma);
    out[i] = u >= -kSlack && u <= 1.0f + kSlack ? dv : 0.0f;
  }
}

/// The definition (rect_sigmoid, soft_round and their backwards) with h kept in registers, and the
/// pull of the regulariser added where h is at hand.
struct Fused final : FusedRounding {
  autograd::RectSigmoidOptions stretch;

  RunConstants constants(const QuantisedWeight& weight, const Pull& pull) const {
    return {.width = static_cast<float>(stretch.zeta - stretch.gamma),
            .shift = static_cast<float>(stretch.gamma),
            .scale = 1,
            .zero = 0,
            .lo = static_cast<float>(weight.grid.qmin()),
            .hi = static_cast<float>(weight.grid.qmax()),
            .factor = static_cast<float>(-2.0 * pull.lambda * pull.beta),
            .exponent = static_cast<float>(pull.beta - 1.0)};
  }

  core::Tensor soften(const QuantisedWeight& weight,
                      std::span<const core::Tensor> learned) const override {
    core::Tensor soft = core::Tensor::empty(weight.w.shape());
    const float* v = learned[0].data<float>().data();
    const float* w = weight.w.data<float>().data();
    float* out = soft.writable<float>().data();
    const RunConstants shared = constants(weight, {});
    for_runs<float>(weight, [=](std::int64_t begin, std::int64_t end, float s, float z) {
      RunConstants c = shared;
      c.scale = s;
      c.zero = z;
      soften_run(v + begin, w + begin, out + begin, end - begin, c);
    });
    return soft;
  }

  core::Tensor gradient(const QuantisedWeight& weight, std::span<const core::Tensor> learned,
                        const core::Tensor& d_soft, const Pull& pull) const override {
    core::Tensor grad = core::Tensor::empty(weight.w.shape());
    const float* v = learned[0].data<float>().data();
    const float* w = weight.w.data<float>().data();
    const float* g = d_soft.data<float>().data();
    float* out = grad.writable<float>().data();
    const RunConstants shared = constants(weight, pull);
    const bool pulled = pull.lambda > 0;
    for_runs<float>(weight, [=](std::int64_t begin, std::int64_t end, float s, float z) {
      RunConstants c = shared;
      c.scale = s;
      c.zero = z;
      (pulled ? gradient_run<true> : gradient_run<false>)(v + begin, w + begin, g + begin,
                                                          out + begin, end - begin, c);
    });
    return grad;
  }
};

struct RectSigmoid final : Learned {
  autograd::RectSigmoidOptions stretch;
  Fused one_pass;

  explicit RectSigmoid(core::Params& params) {
    stretch.gamma = params.get<double>(
        "gamma", stretch.gamma,
        {.doc = "lower end of the stretched sigmoid", .source = "AdaRound", .min = -1, .max = 0});
    stretch.zeta = params.get<double>(
        "zeta", stretch.zeta,
        {.doc = "upper end of the stretched sigmoid", .source = "AdaRound", .min = 1, .max = 2});
    // h(0) = (zeta + gamma) / 2 must be 1/2, or V >= 0 would not mean "nearer to the upper code"
    if (std::abs(stretch.zeta + stretch.gamma - 1.0) > 1e-9)
      params.fail("zeta", "gamma + zeta must be 1");
    if (stretch.zeta == 1.0)
      params.fail("zeta", "zeta must be above 1, or h never reaches 0 and 1");
    one_pass.stretch = stretch;
  }

  const FusedRounding* fused() const override { return &one_pass; }

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

  Softened soften(const QuantisedWeight& weight,
                  std::span<const autograd::Variable> learned) const override {
    const autograd::Variable h = autograd::rect_sigmoid(learned[0], stretch);
    const autograd::SoftRoundOptions ends{.q_min = double(weight.grid.qmin()),
                                          .q_max = double(weight.grid.qmax())};
    return {autograd::soft_round(h, weight.w, weight.q.scale, weight.q.zero, ends), h};
  }

  core::Tensor harden(const QuantisedWeight& weight,
                      std::span<const core::Tensor> learned) const override {
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
