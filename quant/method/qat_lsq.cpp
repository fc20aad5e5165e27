// LSQ as its paper has it, quantization-aware training: weights, steps, biases and norms of the
// whole network learn the task from labels.  The expensive bound beside methods that see a thousand
// images without labels, if it is given steps enough: give it the training set (calibration.count).
// deviation: batch norms are folded before training, images are not augmented unless learn.augment
// says so, Adam in place of SGD with momentum.
#include "quant/method/method.h"

namespace quant {
namespace {

struct QatLsq final : Method {
  explicit QatLsq(core::Params&) {}
  std::string_view title() const override { return "QAT (LSQ)"; }
  std::string_view source() const override { return "Esser et al. 2020, arXiv 1902.08153"; }
  std::vector<Setting> settings() const override {
    const std::string moves = "LSQ, section 2.3: cosine decay";
    return {{"learn.granularity", "network", "LSQ: end to end"},
            {"learn.input", "quant", "LSQ: end to end"},
            {"learn.loss.name", "cross_entropy", "LSQ, section 2.3"},
            {"learn.iters", 10000, "ours; LSQ: 90 epochs of ImageNet"},
            {"learn.batch", 128, "ours"},
            {"learn.variable.name", "ste_weight", "LSQ, eq. 1"},
            {"learn.regulariser.name", "none", "LSQ"},
            {"learn.optimizer.name", "adam", "ours; LSQ: SGD, momentum 0.9, rate 0.01"},
            {"learn.optimizer.lr", 1e-4, "ours"},
            {"learn.schedule.name", "cosine", moves},
            {"learn.bias.on", true, "LSQ: all parameters"},
            {"learn.bias.optimizer.lr", 1e-4, "ours: as the weights"},
            {"learn.bias.schedule.name", "cosine", moves},
            {"learn.norm.on", true, "LSQ: all parameters"},
            {"learn.norm.optimizer.lr", 1e-4, "ours: as the weights"},
            {"learn.norm.schedule.name", "cosine", moves},
            {"learn.w_scale.on", true, "LSQ, eq. 3"},
            {"learn.w_scale.optimizer.lr", 1e-5, "ours"},
            {"learn.w_scale.schedule.name", "cosine", moves},
            {"learn_act.joint", true, "LSQ: end to end"},
            {"learn_act.scale_gradient", true, "LSQ, section 2.2"},
            {"learn_act.optimizer.name", "adam", "ours; LSQ: SGD"},
            {"learn_act.optimizer.lr", 1e-4, "ours"},
            {"learn_act.schedule.name", "cosine", moves}};
  }
};

const core::Registered<Method, QatLsq> kRegistered{"qat_lsq"};

}  // namespace
}  // namespace quant
