// Omega(b) = sum |g_i| |w_i - Q_b(w_i)| with g the mean gradient on the path from 0 to W: how much
// a weight matters on the way to its removal, times how far rounding moves it.
// together: one path on which all weights grow at once.
// source: Yvinec et al. 2022 (SInGE), integral of the gradient on a path to removal, abstract only.
// deviation: SInGE ranks neurons for removal, where w times g stands in place of the rounding
// error.
#include <cmath>

#include "quant/importance/error_scores.h"
#include "quant/importance/path_gradient.h"

namespace quant {
namespace {

struct Singe final : Importance {
  std::int64_t steps;
  bool together;
  LossOf loss;

  explicit Singe(core::Params& params)
      : steps(params.get<std::int64_t>(
            "steps", 8, {.doc = "points on the path (midpoint rule)", .min = 1, .max = 4096})),
        together(params.get<bool>(
            "together", false,
            {.doc = "all layers vanish on one path; false: each by itself, the others float, which "
                    "takes as many times longer as there are layers"})),
        loss(read_loss(params, "kl", "ours")) {}

  ImportanceScores operator()(const ImportanceInputs& in) const override {
    std::vector<core::Tensor> nothing;
    for (const core::Tensor& w : in.loss.floats())
      nothing.push_back(core::Tensor::zeros(w.shape(), w.dtype()));
    const std::vector<core::Tensor> gradient =
        path_gradient(in.loss, loss, nothing, in.loss.floats(), steps, together);
    return error_scores(in, gradient, [](double g, double e) { return std::abs(g * e); });
  }
  double passes(std::size_t weights, std::size_t) const override {
    return 3.0 * static_cast<double>(steps) * (together ? 1.0 : static_cast<double>(weights));
  }
};

const core::Registered<Importance, Singe> kRegistered{"singe"};

}  // namespace
}  // namespace quant
