// FlexRound: the rounding as a learned division of each weight; the step of the quantiser is one of
// the factors.
#include "quant/method/method.h"

namespace quant {
namespace {

struct FlexRoundMethod final : Method {
  explicit FlexRoundMethod(core::Params&) {}
  std::string_view title() const override { return "FlexRound"; }
  std::string_view source() const override {
    return "Lee et al. 2023, arXiv 2306.00317; settings of the released scripts for language "
           "models";
  }
  std::vector<Setting> settings() const override {
    return {{"learn.granularity", "block", "FlexRound, section 4"},
            {"learn.input", "quant", "FlexRound code"},
            {"learn.iters", 5000, "FlexRound code"},
            {"learn.loss.name", "l2", "FlexRound, eq. 1"},
            {"learn.variable.name", "flexround", "FlexRound, eq. 2"},
            {"learn.optimizer.name", "adam", "FlexRound code"},
            {"learn.optimizer.lr", 7e-4, "FlexRound code (4 bit; 5e-4 at 3 bit)"},
            {"learn.schedule.name", "cosine", "FlexRound code"},
            {"learn.regulariser.name", "none", "FlexRound: roundings are hard at every step"},
            {"learn.w_scale.on", true, "FlexRound, eq. 2 (the common factor s1)"},
            {"learn.w_scale.optimizer.lr", 7e-4, "FlexRound code"},
            {"learn.w_scale.schedule.name", "cosine", "FlexRound code"},
            {"learn_act.snapshot", "rollback", "ours (the scripts learn no activation steps)"}};
  }
};

const core::Registered<Method, FlexRoundMethod> kRegistered{"flexround"};

}  // namespace
}  // namespace quant
