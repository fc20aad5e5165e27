// SignRound, as AutoRound ships it: block by block, an offset of every code and both ends of every
// range move by sign descent; the values of the best batch stay.  (128 calibration samples there:
// `calibration.count`.)
#include "quant/method/method.h"

namespace quant {
namespace {

struct SignRoundMethod final : Method {
  explicit SignRoundMethod(core::Params&) {}
  std::string_view title() const override { return "SignRound"; }
  std::string_view source() const override {
    return "Cheng et al. 2023, arXiv 2309.05516; settings of the AutoRound code";
  }
  std::vector<Setting> settings() const override {
    const std::string lr =
        "AutoRound code: 1/iterations; 2 at 3 bit and below from 1000 iterations on";
    return {{"quant.weight.scale.name", "minmax", "AutoRound code (the ends that are learned)"},
            {"learn.granularity", "block", "AutoRound code"},
            {"learn.input", "quant", "AutoRound code (enable_quanted_input)"},
            {"learn.iters", 200, "AutoRound code"},
            {"learn.batch", 8, "AutoRound code"},
            {"learn.loss.name", "l2", "AutoRound code (mean; signs do not see the factor)"},
            {"learn.variable.name", "sign_round", "SignRound, eq. 3"},
            {"learn.variable.bound", "schedule", "AutoRound code"},
            {"learn.regulariser.name", "none", "SignRound: roundings are hard at every step"},
            {"learn.optimizer.name", "signsgd", "SignRound, algorithm 1"},
            {"learn.optimizer.lr", 1.0, lr},
            {"learn.schedule.name", "linear", "AutoRound code (to 0)"},
            {"learn.schedule.lr_of", "run", lr},
            {"learn.w_range.on", true, "AutoRound code (enable_minmax_tuning)"},
            {"learn.w_range.optimizer.name", "signsgd", "AutoRound code"},
            {"learn.w_range.optimizer.lr", 1.0, "AutoRound code (minmax_lr: as lr)"},
            {"learn.w_range.schedule.name", "linear", "AutoRound code"},
            {"learn.w_range.schedule.lr_of", "run", "AutoRound code"},
            {"learn.snapshot", "best_batch", "AutoRound code"},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, SignRoundMethod> kRegistered{"sign_round"};

}  // namespace
}  // namespace quant
