// NUPES: a power grid whose codes may go anywhere and whose exponent is learned beside them, block
// by block.
// deviation: weights only; activations stay on uniform grids at their initial ranges. The paper's
// losses, rates and stabilisation were not available: what is marked "ours" is our choice.
#include "quant/method/method.h"

namespace quant {
namespace {

struct Nupes final : Method {
  explicit Nupes(core::Params&) {}
  std::string_view title() const override { return "NUPES"; }
  std::string_view source() const override {
    return "Yvinec et al. 2023, arXiv 2308.05600 (its abstract; settings are ours)";
  }
  std::vector<Setting> settings() const override {
    return {{"quant.weight.grid.name", "power", std::string(kByDefinition)},
            {"quant.weight.grid.search", "network", "PowerQuant, where the exponent starts"},
            {"quant.weight.scale.name", "minmax", "PowerQuant: the largest weight is a level"},
            {"learn.granularity", "block", "ours (BRECQ)"},
            {"learn.input", "quant", "ours (BRECQ)"},
            {"learn.iters", 5000, "ours"},
            {"learn.batch", 32, "ours (BRECQ)"},
            {"learn.loss.name", "l2", "ours (BRECQ)"},
            {"learn.variable.name", "full_range", "NUPES, abstract (weights over the whole grid)"},
            {"learn.optimizer.name", "adam", "ours"},
            {"learn.optimizer.lr", 1e-3, "ours (in codes)"},
            {"learn.schedule.name", "cosine", "ours"},
            {"learn.regulariser.name", "none", "NUPES: codes are hard at every step"},
            {"learn.exponent.on", true, "NUPES, abstract (exponent learned by gradient)"},
            {"learn.exponent.optimizer.lr", 1e-4, "ours (a tenth of the rate of the codes)"},
            {"learn.exponent.schedule.name", "cosine", "ours"},
            {"learn.snapshot", "rollback", "ours (a moving exponent can cost an 8-bit layer)"},
            {"learn_act.iters", 0, "ours"}};
  }
};

const core::Registered<Method, Nupes> kRegistered{"nupes"};

}  // namespace
}  // namespace quant
