// LSQ+ as post-training: as LSQ, with symmetric weights and learned zero points of the activations;
// a block that got worse goes back.
#include "quant/method.h"

namespace quant {
namespace {

struct LsqPlus final : Method {
  explicit LsqPlus(core::Params&) {}
  std::string_view title() const override { return "LSQ+"; }
  std::string_view source() const override {
    return "Bhalgat et al. 2020, arXiv 2004.09576; as a calibration pass: settings of the PPQ code";
  }
  std::vector<Setting> settings() const override {
    return {
        {"quant.weight.symmetric", true, "LSQ+, section 3 (an offset of weights costs products)"},
        {"quant.act.symmetric", false, "LSQ+, section 3"},
        {"quant.act.scale.name", "mse", "LSQ+, section 3 (first steps and offsets)"},
        {"learn.granularity", "block", "PPQ code"},
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
        {"learn_act.schedule.name", "constant", "PPQ code"},
        {"learn_act.a_zero.on", true, "LSQ+, section 3 (the offset of activations)"},
        {"learn_act.a_zero.optimizer.lr", 1e-2,
         "ours: in codes, which are whole; 500 steps can go 5 codes"}};
  }
};

const core::Registered<Method, LsqPlus> kRegistered{"lsq_plus"};

}  // namespace
}  // namespace quant
