// Average over the layers of the network of w_l * nmse_l, nmse_l = sum (a_l - a_l float)^2 / sum
// (a_l float)^2 over a batch: a whole-network student that follows its teacher layer by layer.  The
// weights are label-free Hessian scores on a log scale (layer_outputs.h) or all 1.  An all-zero
// teacher layer divides by 1.  Gradients flow from each layer to everything before it.
// source: MCT (multiple_tensors_mse_loss, Hessian-based weights), EPTQ (Gordon et al. 2023).
#include "autograd/ops/add.h"
#include "quant/loss/elementwise.h"

namespace quant {
namespace {

struct Layers final : Loss {
  LossNeeds wanted{.layers = true};

  explicit Layers(core::Params& params) {
    const std::string weights = params.get<std::string>("weights", "hessian",
                                                        {.doc = "how much each layer counts",
                                                         .source = "MCT: hessian",
                                                         .one_of = {"hessian", "uniform"}});
    const std::int64_t draws = params.get<std::int64_t>(
        "draws", 100,
        {.doc = "random vectors behind a Hessian score", .source = "MCT", .min = 1, .max = 1e6});
    const std::int64_t samples = params.get<std::int64_t>(
        "samples", 32,
        {.doc = "calibration images behind them", .source = "MCT", .min = 1, .max = 65536});
    if (weights == "hessian") {
      wanted.weight_draws = draws;
      wanted.weight_samples = samples;
    }
  }
  LossNeeds needs() const override { return wanted; }
  autograd::Variable operator()(const LossInputs& in) const override {
    loss_rows("layers", in, needs());
    const double share = 1.0 / static_cast<double>(in.layers.size());
    autograd::Variable sum(
        core::Tensor::scalar(0.0, core::arithmetic_type(in.prediction.value().dtype())));
    for (std::size_t l = 0; l < in.layers.size(); ++l) {
      const LossInputs layer{in.layers[l], in.float_layers[l]};
      loss_rows("layers", layer);
      const double energy = sum_of("layers", layer.target, kSquare);
      const double scale = share * in.layer_weights[l] / (energy == 0 ? 1.0 : energy);
      sum = autograd::add(sum, elementwise("layers", layer, scale, SquaredError{}));
    }
    return sum;
  }
};

const core::Registered<Loss, Layers> kRegistered{"layers"};

}  // namespace
}  // namespace quant
