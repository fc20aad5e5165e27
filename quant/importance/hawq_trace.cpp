// Omega(b) = (Tr(H) / n) ||W - Q_b(W)||^2 with H the Hessian of the loss for one layer's n weights.
// Hutchinson: Tr(H) is the mean of v . Hv over random signs v, and Hv comes from finite differences
// of gradients, (g(w + e v) - g(w - e v)) / (2 e), e a share of the layer's root mean square.  All
// layers are moved at once: the products between layers have mean zero.  By channel, n and the sums
// are those of the channel.  Estimates below 0 count as 0.
// source: Dong et al. 2020 (HAWQ-V2), Yao et al. 2021 (HAWQ-V3).
// deviation: labels are the float network's own (key loss), and Hv by differences.
#include <algorithm>
#include <cmath>

#include "core/kernels/map.h"
#include "quant/importance/importance.h"

namespace quant {
namespace {

constexpr double kStepOfZeros = 1e-12;  // e of a layer that scores 0 whatever its curvature

core::Tensor random_signs_like(const core::Tensor& w, const core::Rng& rng) {
  core::Tensor out = core::Tensor::empty(w.shape());
  const auto to = out.writable<float>();
  for (std::size_t i = 0; i < to.size(); ++i)
    to[i] = (rng.bits(static_cast<std::uint64_t>(i)) & 1u) != 0 ? 1.0f : -1.0f;
  return out;
}

double root_mean_square(const core::Tensor& w) {
  double sum = 0;
  for (const float x : w.data<float>()) sum += static_cast<double>(x) * static_cast<double>(x);
  return std::sqrt(sum / static_cast<double>(w.numel()));
}

struct HawqTrace final : Importance {
  std::int64_t draws;
  double step;
  LossOf loss;

  explicit HawqTrace(core::Params& params)
      : draws(params.get<std::int64_t>(
            "draws", 16, {.doc = "random vectors behind the trace", .min = 1, .max = 100000})),
        step(params.get<double>("step", 0.01,
                                {.doc = "e of the differences, as a share of the root mean square "
                                        "of a layer's weights",
                                 .min = 1e-6,
                                 .max = 1})),
        loss(read_loss(params, "kl", "ours; HAWQ: cross entropy to labels")) {}

  ImportanceScores operator()(const ImportanceInputs& in) const override {
    const std::vector<core::Tensor>& floats = in.loss.floats();
    std::vector<double> size;
    for (const core::Tensor& w : floats) {
      const double e = step * root_mean_square(w);
      size.push_back(e > 0 ? e : kStepOfZeros);
    }
    std::vector<core::Tensor> curvature;  // v (Hv) / draws, summed
    for (const core::Tensor& w : floats)
      curvature.push_back(core::Tensor::zeros(w.shape(), w.dtype()));
    for (std::int64_t d = 0; d < draws; ++d) {
      const core::Rng rng = in.rng.stream("signs").stream(static_cast<std::uint64_t>(d));
      std::vector<core::Tensor> signs, above = floats, below = floats;
      for (std::size_t i = 0; i < floats.size(); ++i) {
        signs.push_back(random_signs_like(floats[i], rng.stream(static_cast<std::uint64_t>(i))));
        core::accumulate(above[i], signs[i], size[i]);
        core::accumulate(below[i], signs[i], -size[i]);
      }
      const std::vector<core::Tensor> up = in.loss.gradient(loss, above);
      const std::vector<core::Tensor> down = in.loss.gradient(loss, below);
      for (std::size_t i = 0; i < floats.size(); ++i)
        core::accumulate(curvature[i], core::mul(signs[i], core::sub(up[i], down[i])),
                         1.0 / (2.0 * size[i] * static_cast<double>(draws)));
    }
    ImportanceScores out = no_scores(in);
    for (std::size_t i = 0; i < floats.size(); ++i) {
      const std::vector<double> trace = part_sums(curvature[i], in.by_channel);
      const double n = static_cast<double>(floats[i].numel()) / static_cast<double>(trace.size());
      for (std::size_t c = 0; c < in.bits.size(); ++c) {
        std::vector<double> scores =
            part_sums(floats[i], in.rounded[i][c], in.by_channel,
                      [](double w, double q) { return (w - q) * (w - q); });
        for (std::size_t p = 0; p < scores.size(); ++p) scores[p] *= std::max(trace[p], 0.0) / n;
        set_scores(out, i, c, scores);
      }
    }
    return out;
  }
  double passes(std::size_t, std::size_t) const override {
    return 6.0 * static_cast<double>(draws);
  }
};

const core::Registered<Importance, HawqTrace> kRegistered{"hawq_trace"};

}  // namespace
}  // namespace quant
