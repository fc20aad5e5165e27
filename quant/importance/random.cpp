// Omega(b) = u n 4^-b with u uniform in [0, 1) for every part and n its number of weights: bits
// help as they do on average (a quarter of the squared error each), but where is chance.  What a
// score must beat.
#include <cmath>

#include "quant/importance/importance.h"

namespace quant {
namespace {

struct RandomImportance final : Importance {
  explicit RandomImportance(core::Params&) {}
  ImportanceScores operator()(const ImportanceInputs& in) const override {
    ImportanceScores out = no_scores(in);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double n =
          static_cast<double>(in.loss.floats()[i].numel()) / static_cast<double>(out[i].size());
      core::Rng rng = in.rng.stream("random").stream(static_cast<std::uint64_t>(i));
      for (std::vector<double>& part : out[i]) {
        const double u = rng.uniform();
        for (std::size_t c = 0; c < part.size(); ++c) part[c] = u * n * std::pow(4.0, -in.bits[c]);
      }
    }
    return out;
  }
  double passes(std::size_t, std::size_t) const override { return 0.0; }
};

const core::Registered<Importance, RandomImportance> kRegistered{"random"};

}  // namespace
}  // namespace quant
