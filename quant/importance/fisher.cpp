// Omega(b) = sum F_i (w_i - Q_b(w_i))^2 with F the diagonal of the Fisher information: the mean
// over images of the squared gradient of one image. labels: drawn from the float network's
// probabilities (the Fisher information itself, which is the curvature of the KL divergence from
// it), or the class that it gives (the empirical one without labels). source: diagonal Fisher as in
// BRECQ and in pruning; labels by drawing: Kunstner et al. 2019.
#include "quant/importance/error_scores.h"

namespace quant {
namespace {

struct FisherImportance final : Importance {
  bool drawn;

  explicit FisherImportance(core::Params& params)
      : drawn(params.get<std::string>(
                  "labels", "drawn",
                  {.doc = "drawn: from the float network's probabilities; predicted: its class",
                   .source = "Kunstner et al. 2019",
                   .one_of = {"drawn", "predicted"}}) == "drawn") {}

  ImportanceScores operator()(const ImportanceInputs& in) const override {
    const core::Rng labels = in.rng.stream("labels");
    return error_scores(in, in.loss.squared_gradients(drawn ? &labels : nullptr),
                        [](double f, double e) { return f * e * e; });
  }
  double passes(std::size_t, std::size_t) const override { return 3.0; }
};

const core::Registered<Importance, FisherImportance> kRegistered{"fisher"};

}  // namespace
}  // namespace quant
