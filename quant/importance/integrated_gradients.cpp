// Omega(b) = sum |IG_i| with IG = (w - Q_b(w)) x the mean gradient on the path from Q_b(W) to W.
// The sum of IG over all weights of the path is L(W) - L(Q_b(W)) (completeness, as steps grow).
// together: one path on which all weights move.  At few bits the whole network is lost on it, and
// every layer looks as if these bits were impossible; by itself each layer is judged beside float
// ones, as the sum of scores takes it to be.
// source: Sundararajan et al. 2017 on the path of rounding; stands for the importance of
// arXiv 2308.07662, whose formula we do not have.
#include <cmath>

#include "quant/importance/importance.h"
#include "quant/importance/path_gradient.h"

namespace quant {
namespace {

struct IntegratedGradients final : Importance {
  std::int64_t steps;
  bool together;
  LossOf loss;

  explicit IntegratedGradients(core::Params& params)
      : steps(params.get<std::int64_t>(
            "steps", 4, {.doc = "points on the path (midpoint rule)", .min = 1, .max = 4096})),
        together(params.get<bool>(
            "together", false,
            {.doc = "all layers on one path; false: each by itself, the others float, which takes "
                    "as many times longer as there are layers"})),
        loss(read_loss(params, "kl", "ours")) {}

  ImportanceScores operator()(const ImportanceInputs& in) const override {
    ImportanceScores out = no_scores(in);
    for (std::size_t c = 0; c < in.bits.size(); ++c) {
      std::vector<core::Tensor> from;
      for (const auto& candidates : in.rounded) from.push_back(candidates[c]);
      const std::vector<core::Tensor> gradient =
          path_gradient(in.loss, loss, from, in.loss.floats(), steps, together);
      for (std::size_t i = 0; i < from.size(); ++i) {
        core::Tensor product = gradient[i];
        const auto w = in.loss.floats()[i].data<float>(), q = from[i].data<float>();
        const auto to = product.writable<float>();
        for (std::size_t k = 0; k < to.size(); ++k) to[k] *= std::abs(w[k] - q[k]);
        set_scores(out, i, c, part_sums(product, product, in.by_channel, [](double x, double) {
                     return std::abs(x);
                   }));
      }
    }
    return out;
  }
  double passes(std::size_t weights, std::size_t candidates) const override {
    return 3.0 * static_cast<double>(steps) * static_cast<double>(candidates) *
           (together ? 1.0 : static_cast<double>(weights));
  }
};

const core::Registered<Importance, IntegratedGradients> kRegistered{"integrated_gradients"};

}  // namespace
}  // namespace quant
