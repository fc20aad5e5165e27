// AdaQuant: layer by layer and in parallel, the weights themselves with a straight-through
// gradient, beside biases, weight quantisers and input quantisers, each with its own rate.
#include "quant/method/method.h"

namespace quant {
namespace {

struct AdaQuant final : Method {
  explicit AdaQuant(core::Params&) {}
  std::string_view title() const override { return "AdaQuant"; }
  std::string_view source() const override {
    return "Hubara et al. 2021, arXiv 2006.10518; settings of the released code";
  }
  std::vector<Setting> settings() const override {
    return {{"quant.map", "inputs", "AdaQuant code"},
            {"quant.act.init", "fp", "AdaQuant code"},
            {"learn.granularity", "layer", "AdaQuant, section 3"},
            {"learn.order", "parallel", "AdaQuant, section 3 (the default of the code)"},
            {"learn.input", "fp", "AdaQuant, section 3"},
            {"learn.iters", 1000, "AdaQuant code"},
            {"learn.batch", 50, "AdaQuant code"},
            {"learn.loss.name", "l2", "AdaQuant code (mean; Adam does not see the factor)"},
            {"learn.variable.name", "ste_weight", "AdaQuant, eq. 2"},
            {"learn.optimizer.name", "adam", "AdaQuant code"},
            {"learn.optimizer.lr", 1e-5, "AdaQuant code"},
            {"learn.schedule.name", "constant", "AdaQuant code"},
            {"learn.regulariser.name", "none", "AdaQuant"},
            {"learn.bias.on", true, "AdaQuant code"},
            {"learn.bias.optimizer.lr", 1e-3, "AdaQuant code"},
            {"learn.w_scale.on", true, "AdaQuant code (range of the weights)"},
            {"learn.w_scale.optimizer.lr", 1e-3, "AdaQuant code"},
            {"learn.w_zero.on", true, "AdaQuant code (offset of the weights)"},
            {"learn.w_zero.optimizer.lr", 1e-3, "AdaQuant code"},
            {"learn_act.joint", true, "AdaQuant, eq. 2"},
            {"learn_act.optimizer.name", "adam", "AdaQuant code"},
            {"learn_act.optimizer.lr", 0.0067,
             "AdaQuant code: 0.1 on the range of the inputs, 15 steps wide at 4 bit"},
            {"learn_act.schedule.name", "constant", "AdaQuant code"},
            {"learn_act.a_zero.on", true, "AdaQuant code (offset of the inputs)"},
            {"learn_act.a_zero.optimizer.lr", 0.1,
             "AdaQuant code (there in units of the input, here in codes)"}};
  }
};

const core::Registered<Method, AdaQuant> kRegistered{"adaquant"};

}  // namespace
}  // namespace quant
