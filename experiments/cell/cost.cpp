#include "experiments/cell/cost.h"

#include <algorithm>

#include "nn/layers/conv2d.h"
#include "nn/layers/weighted.h"
#include "quant/learn/reconstruct.h"

namespace experiments {
namespace {

// Of a cell whatever its network: the copy of the model, the quantiser map, the file and its fsync.
constexpr double kCellSeconds = 0.05;
constexpr double kBackward = 2;  // backward by data and by weights cost a forward each
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

CellPasses cell_passes(const CellSize& size, const quant::Recipe& recipe) {
  CellPasses out;
  const auto calibration = static_cast<double>(size.calibration);
  const auto stage = [&](const quant::LearnRecipe& learn) {
    if (learn.solves()) {
      out.forward += (kMoments + 2) * calibration;
      return;
    }
    if (learn.iters == 0) return;
    const double iters = static_cast<double>(learn.iters);
    if (learn.gram) {
      out.forward += kMoments * calibration + kMomentStep * iters;
    } else {
      out.learned += iters * static_cast<double>(learn.batch);
    }
    out.steps += iters;
    if (learn.snapshot == quant::Snapshot::best) {
      out.forward += static_cast<double>((learn.iters / learn.snapshot_every + 2) *
                                         std::min(quant::kLogRows, size.calibration));
    }
    out.forward += 2 * calibration;  // inputs and targets of every unit
  };
  stage(recipe.learn);
  if (recipe.learn.first_pass) stage(*recipe.learn.first_pass);
  if (!recipe.act.grid.off()) stage(recipe.learn_act);
  // a correction of inputs runs every image forward and back, through activations alone
  const quant::BnCorrection& correct = recipe.learn.correct;
  if (correct.on && recipe.learn.iters > 0)
    out.forward += 2.0 * static_cast<double>(correct.iters * size.calibration);
  if (recipe.allocate.on && recipe.allocate.allocator->reads_scores()) {
    out.forward += static_cast<double>(std::min(recipe.allocate.images, size.calibration)) *
                   recipe.allocate.importance->passes(static_cast<std::size_t>(size.parts),
                                                      recipe.allocate.candidates.size());
  }
  out.forward += static_cast<double>(size.calibration + size.evaluated);
  return out;
}

double cell_work(const CellSize& size, const quant::Recipe& recipe) {
  const CellPasses passes = cell_passes(size, recipe);
  return (passes.forward + passes.learned * (1 + kBackward)) * size.macs;
}

double cell_seconds(const CellSize& size, const quant::Recipe& recipe, const Rates& rates,
                    bool first) {
  const CellPasses passes = cell_passes(size, recipe);
  const double images = static_cast<double>(size.calibration + size.evaluated);
  const double own = kCellSeconds + images * rates.load + passes.forward * rates.forward +
                     passes.learned * rates.learn + passes.steps * rates.step +
                     rates.weight_ranges + rates.act_ranges;
  return first ? own + static_cast<double>(size.evaluated) * (rates.load + rates.forward) : own;
}

double CostModel::predict(const std::string& model, double expected) const {
  double seconds = 0, before = 0;
  for (const bool same_model : {true, false}) {
    for (const Measured& m : finished_) {
      if (same_model && m.model != model) continue;
      seconds += m.seconds;
      before += m.expected;
    }
    if (before > 0 && seconds > 0) return expected * seconds / before;
  }
  return expected;
}

}  // namespace experiments
