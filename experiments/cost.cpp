#include "experiments/cost.h"

#include <algorithm>

#include "nn/layers/conv2d.h"
#include "nn/layers/weighted.h"
#include "quant/reconstruct.h"

namespace experiments {
namespace {

constexpr double kGuessedRate = 2e10;  // MAC/s of two cores on blocks of small networks
constexpr double kBackward = 2;        // backward by data and by weights cost a forward each
// Of the gram engine, in forwards of an image.  Moments cost K where a forward costs O, 9 for a 3x3
// window on equal channels, and are taken of half the matrix; a step costs O K^2.
constexpr double kMoments = 5, kMomentStep = 2;

/// Counts while a forward runs.
class CountingPass final : public nn::Pass {
 public:
  autograd::Variable input(const nn::Module& site, int operand,
                           const autograd::Variable& x) override {
    const auto* weighted = dynamic_cast<const nn::Weighted*>(&site);
    if (weighted && operand == 0) macs += count(*weighted, x.shape());
    return x;
  }
  double macs = 0;

 private:
  static double count(const nn::Weighted& layer, const core::Shape& x) {
    const core::Shape& w = layer.weight.value.shape();
    const auto* conv = dynamic_cast<const nn::Conv2d*>(&layer);
    // Linear layers and patch embeddings read every input value once per output channel.
    if (!conv) return static_cast<double>(x.numel() * w[0]);
    const core::Shape y = core::conv2d_shape(x, w, conv->options());
    return static_cast<double>(y[0] * y[1] * y[2] * w.numel());
  }
};

}  // namespace

double macs_per_image(nn::Model& model) {
  const nn::InputSpec spec = model.input_spec();
  CountingPass pass;
  model.forward(
      autograd::Variable(core::Tensor::zeros({1, spec.height, spec.width, spec.channels})), pass);
  return pass.macs;
}

double cell_work(const CellSize& size, const quant::Recipe& recipe) {
  const auto stage = [&](const quant::LearnRecipe& learn) {
    if (learn.solves()) return (kMoments + 2) * static_cast<double>(size.calibration);
    if (learn.iters == 0) return 0.0;
    const double iters = static_cast<double>(learn.iters);
    const double steps =
        learn.gram ? kMoments * static_cast<double>(size.calibration) + kMomentStep * iters
                   : iters * static_cast<double>(learn.batch) * (1 + kBackward);
    const double measured = learn.snapshot == quant::Snapshot::best
                                ? static_cast<double>((learn.iters / learn.snapshot_every + 2) *
                                                      std::min(quant::kLogRows, size.calibration))
                                : 0.0;
    // inputs and targets of every unit
    return steps + measured + 2 * static_cast<double>(size.calibration);
  };
  // a correction of inputs runs every image forward and back, through activations alone
  const quant::BnCorrection& correct = recipe.learn.correct;
  const double corrections = correct.on && recipe.learn.iters > 0
                                 ? 2.0 * static_cast<double>(correct.iters * size.calibration)
                                 : 0.0;
  const double passes = stage(recipe.learn) + corrections +
                        (recipe.learn.first_pass ? stage(*recipe.learn.first_pass) : 0.0) +
                        (recipe.act.grid.off() ? 0.0 : stage(recipe.learn_act)) +
                        static_cast<double>(size.calibration + size.evaluated);
  double scores = 0;
  if (recipe.allocate.on && recipe.allocate.allocator->reads_scores()) {
    scores = static_cast<double>(std::min(recipe.allocate.images, size.calibration)) *
             recipe.allocate.importance->passes(static_cast<std::size_t>(size.parts),
                                                recipe.allocate.candidates.size());
  }
  return (passes + scores) * size.macs;
}

double CostModel::predict(const std::string& model, double work) const {
  double seconds = 0, done = 0;
  for (const bool same_model : {true, false}) {
    for (const Measured& m : finished_) {
      if (same_model && m.model != model) continue;
      seconds += m.seconds;
      done += m.work;
    }
    if (done > 0 && seconds > 0) return work * seconds / done;
  }
  return work / kGuessedRate;
}

}  // namespace experiments
