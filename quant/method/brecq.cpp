// BRECQ: block by block in two stages: all roundings of a block, then the activation steps.
#include "quant/method/method.h"

namespace quant {
namespace {

struct Brecq final : Method {
  explicit Brecq(core::Params&) {}
  std::string_view title() const override { return "BRECQ"; }
  std::string_view source() const override {
    return "Li et al. 2021, arXiv 2102.05426; settings of the released code";
  }
  std::vector<Setting> settings() const override {
    return {{"quant.first_last", "brecq", "BRECQ code"},
            {"quant.act.init_images", 64, "BRECQ code"},
            {"quant.act.init", "quant", "BRECQ code (quantisers active)"},
            {"learn.granularity", "block", "BRECQ, section 3.2"},
            {"learn.input", "quant", "BRECQ code (asym=True)"},
            {"learn.skip_first", true, "BRECQ code"},
            {"learn.iters", 20000, "BRECQ code"},
            {"learn.batch", 32, "BRECQ code"},
            {"learn.loss.name", "l2", "BRECQ code (opt_mode='mse')"},
            {"learn.variable.name", "rect_sigmoid", "BRECQ code"},
            {"learn.optimizer.name", "adam", "BRECQ code"},
            {"learn.optimizer.lr", 1e-3, "BRECQ code (library default)"},
            {"learn.schedule.name", "constant", "BRECQ code"},
            {"learn.regulariser.name", "adaround", "BRECQ code"},
            {"learn.regulariser.lambda", 0.01, "BRECQ code; 0.1 for MobileNetV2"},
            {"learn.regulariser.beta_start", 20.0, "BRECQ code"},
            {"learn.regulariser.beta_end", 2.0, "BRECQ code"},
            {"learn.regulariser.schedule", "linear", "BRECQ code"},
            {"learn.regulariser.warm_up", 0.2, "BRECQ code"},
            {"learn_act.granularity", "block", "BRECQ code"},
            {"learn_act.input", "fp", "BRECQ code (asym=False)"},
            {"learn_act.iters", 5000, "BRECQ code"},
            {"learn_act.batch", 32, "BRECQ code"},
            {"learn_act.loss.name", "lp", "BRECQ code"},
            {"learn_act.loss.p", 2.4, "BRECQ code"},
            {"learn_act.optimizer.name", "adam", "BRECQ code"},
            {"learn_act.optimizer.lr", 4e-4, "BRECQ code"},
            {"learn_act.schedule.name", "cosine", "BRECQ code"}};
  }
};

const core::Registered<Method, Brecq> kRegistered{"brecq"};

}  // namespace
}  // namespace quant
