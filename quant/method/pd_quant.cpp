// PD-Quant: QDrop with two more ideas: the loss also sees what a block's error does to the
// network's prediction, and float inputs are corrected to fit the statistics of batch
// normalisation. The correction has no effect on single layers and on blocks without batch
// normalisation (such as those of transformers), as in the released code; it costs iters / batch
// forward and backward runs of the float block per calibration image: 16k runs for 1,024 images
// beside the 20k of learning. deviation: the code sets the activation ranges of a block on its
// learned prefix when the block is reached; here all ranges are set once, through the network
// rounded to nearest. deviation: the code finds weight and activation ranges with the 1-D or 2-D
// search of QDrop; here the shrinking search of BRECQ, l2p4, with the same norm, is used for all
// methods.
#include "quant/method/method.h"

namespace quant {
namespace {

struct PdQuant final : Method {
  explicit PdQuant(core::Params&) {}
  std::string_view title() const override { return "PD-Quant"; }
  std::string_view source() const override {
    return "Liu et al. 2023, arXiv 2212.07048; settings of the released code";
  }
  std::vector<Setting> settings() const override {
    return {{"quant.first_last", "qdrop", "PD-Quant code (as QDrop)"},
            {"quant.act.init_images", 256, "PD-Quant code"},
            {"quant.act.init", "quant", "PD-Quant code (inputs of the quantised network)"},
            {"learn.granularity", "block", "PD-Quant code"},
            {"learn.input.name", "mix", "PD-Quant code (as QDrop)"},
            {"learn.input.p", 0.5, "PD-Quant code (input_prob)"},
            {"learn.keep", 0.5, "PD-Quant code (prob)"},
            {"learn.iters", 20000, "PD-Quant code"},
            {"learn.batch", 32, "PD-Quant code"},
            {"learn.replacement", true, "PD-Quant code (randint)"},
            {"learn.loss.name", "prediction", "PD-Quant, section 3.2"},
            {"learn.loss.l2_weight", 1.0, "PD-Quant code"},
            {"learn.loss.lambda_r", 0.1, "PD-Quant code"},
            {"learn.loss.temperature", 4.0, "PD-Quant code; 1 MobileNetV2 and MNasNet"},
            {"learn.loss.of", "unmixed_input", "PD-Quant code"},
            {"learn.correct.on", true, "PD-Quant, section 3.4"},
            {"learn.correct.required", false, "PD-Quant code (blocks without: no effect)"},
            {"learn.correct.iters", 500, "PD-Quant code"},
            {"learn.correct.batch", 32, "PD-Quant code"},
            {"learn.correct.lr", 1e-3, "PD-Quant code (bn_lr)"},
            {"learn.correct.lambda_c", 0.02, "PD-Quant code; 0.005 MobileNetV2"},
            {"learn.variable.name", "rect_sigmoid", "PD-Quant code"},
            {"learn.optimizer.name", "adam", "PD-Quant code"},
            {"learn.optimizer.lr", 3e-3, "PD-Quant code"},
            {"learn.schedule.name", "constant", "PD-Quant code"},
            {"learn.regulariser.name", "adaround", "PD-Quant code"},
            {"learn.regulariser.lambda", 0.01, "PD-Quant code; 0.1 MobileNetV2, 0.2 MNasNet"},
            {"learn.regulariser.beta_start", 20.0, "PD-Quant code"},
            {"learn.regulariser.beta_end", 2.0, "PD-Quant code"},
            {"learn.regulariser.schedule", "linear", "PD-Quant code"},
            {"learn.regulariser.warm_up", 0.2, "PD-Quant code"},
            {"learn_act.joint", true, "PD-Quant code (as QDrop)"},
            {"learn_act.optimizer.name", "adam", "PD-Quant code"},
            {"learn_act.optimizer.lr", 4e-5, "PD-Quant code"},
            {"learn_act.schedule.name", "cosine", "PD-Quant code"}};
  }
};

const core::Registered<Method, PdQuant> kRegistered{"pd_quant"};

}  // namespace
}  // namespace quant
