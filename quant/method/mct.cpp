// MCT: gradient-based PTQ of Sony's Model Compression Toolkit (EPTQ): the whole network at once, a
// student that follows its float teacher layer by layer, layers weighted by label-free Hessian
// scores; roundings and biases learn, activation quantisers fade in.
// deviation: MCT's default quantisers are symmetric with power-of-two thresholds; the grid stays
// what `quant` says, because it is an axis of its own. deviation: MCT counts epochs over the
// calibration images; the number of steps here is ours. deviation: activation steps are fixed
// (learn_act.optimizer.lr 0), as MCT's ranges are unless asked.
#include "quant/method/method.h"

namespace quant {
namespace {

struct Mct final : Method {
  explicit Mct(core::Params&) {}
  std::string_view title() const override { return "MCT"; }
  std::string_view source() const override {
    return "Sony model_optimization (gradient-based PTQ), Gordon et al. 2023 (EPTQ)";
  }
  std::vector<Setting> settings() const override {
    return {{"learn.granularity", "network", "MCT (student and teacher)"},
            {"learn.input", "quant", "MCT (both networks see the images)"},
            {"learn.iters", 20000, "ours: as BRECQ and QDrop"},
            {"learn.batch", 32, "ours: as BRECQ and QDrop"},
            {"learn.loss.name", "layers", "MCT code (multiple_tensors_mse_loss)"},
            {"learn.loss.weights", "hessian", "MCT code"},
            {"learn.loss.draws", 100, "MCT code"},
            {"learn.loss.samples", 32, "MCT code"},
            {"learn.variable.name", "rect_sigmoid", "MCT code (soft quantiser)"},
            {"learn.optimizer.name", "adam", "MCT code"},
            {"learn.optimizer.lr", 3e-2, "MCT code"},
            {"learn.schedule.name", "constant", "MCT code"},
            {"learn.bias.on", true, "MCT code (train_bias)"},
            {"learn.bias.optimizer.name", "momentum", "MCT code"},
            {"learn.bias.optimizer.lr", 1e-4, "MCT code"},
            {"learn.bias.optimizer.momentum", 0.9, "MCT code"},
            {"learn.regulariser.name", "adaround", "MCT code"},
            {"learn.regulariser.lambda", 0.01, "MCT code (regularization_factor)"},
            {"learn.regulariser.beta_start", 20.0, "MCT code"},
            {"learn.regulariser.beta_end", 2.0, "MCT code"},
            {"learn.regulariser.schedule", "linear", "MCT code"},
            {"learn.regulariser.warm_up", 0.2, "MCT code"},
            {"learn.regulariser.on_in_warmup", true, "MCT code"},
            {"learn.gradual", true, "MCT code (gradual activation quantisation, linear)"},
            {"learn_act.joint", true, "MCT code (activation quantisers act while weights learn)"},
            {"learn_act.optimizer.name", "adam", "ours"},
            {"learn_act.optimizer.lr", 0.0, "MCT code (ranges are not learned)"}};
  }
};

const core::Registered<Method, Mct> kRegistered{"mct"};

}  // namespace
}  // namespace quant
