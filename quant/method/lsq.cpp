// LSQ as post-training: weights with a straight-through gradient and the steps of weights and
// activations, block by block; a block that got worse goes back.
#include "quant/method/method.h"

namespace quant {
namespace {

struct Lsq final : Method {
  explicit Lsq(core::Params&) {}
  std::string_view title() const override { return "LSQ"; }
  std::string_view source() const override {
    return "Esser et al. 2020, arXiv 1902.08153; as a calibration pass: settings of the PPQ code";
  }
  std::vector<Setting> settings() const override {
    return {{"learn.granularity", "block", "PPQ code"},
            {"learn.input", "quant", "PPQ code"},
            {"learn.iters", 500, "PPQ code"},
            {"learn.loss.name", "l2", "PPQ code (mean; Adam does not see the factor)"},
            {"learn.variable.name", "ste_weight", "LSQ, eq. 1"},
            {"learn.optimizer.name", "adam", "PPQ code"},
            {"learn.optimizer.lr", 5e-5, "PPQ code"},
            {"learn.schedule.name", "constant", "PPQ code"},
            {"learn.regulariser.name", "none", "LSQ"},
            {"learn.w_scale.on", true, "LSQ, eq. 3"},
            {"learn.w_scale.optimizer.lr", 5e-5, "PPQ code"},
            {"learn.snapshot", "rollback", "PPQ code"},
            {"learn_act.joint", true, "LSQ"},
            {"learn_act.scale_gradient", true, "LSQ, section 2.2"},
            {"learn_act.optimizer.name", "adam", "PPQ code"},
            {"learn_act.optimizer.lr", 5e-5, "PPQ code"},
            {"learn_act.schedule.name", "constant", "PPQ code"}};
  }
};

const core::Registered<Method, Lsq> kRegistered{"lsq"};

}  // namespace
}  // namespace quant
