// AdaRound: layer by layer, quantised inputs against float targets; activations keep their initial
// ranges.
#include "quant/method/method.h"

namespace quant {
namespace {

struct AdaRound final : Method {
  explicit AdaRound(core::Params&) {}
  std::string_view title() const override { return "AdaRound"; }
  std::string_view source() const override {
    return "Nagel et al. 2020, arXiv 2004.10568; settings of AIMET";
  }
  std::vector<Setting> settings() const override {
    return {{"learn.granularity", "layer", "AdaRound, eq. 25"},
            {"learn.input", "quant", "AdaRound, eq. 25 (asymmetric reconstruction)"},
            {"learn.iters", 10000, "AIMET"},
            {"learn.batch", 32, "AIMET"},
            {"learn.loss.name", "l2", "AdaRound, eq. 25"},
            {"learn.variable.name", "rect_sigmoid", "AdaRound, eq. 23"},
            {"learn.optimizer.name", "adam", "AIMET"},
            {"learn.optimizer.lr", 1e-3, "AIMET (library default)"},
            {"learn.schedule.name", "constant", "AIMET"},
            {"learn.regulariser.name", "adaround", "AdaRound, eq. 24"},
            {"learn.regulariser.lambda", 0.01, "AIMET"},
            {"learn.regulariser.beta_start", 20.0, "AIMET"},
            {"learn.regulariser.beta_end", 2.0, "AIMET"},
            {"learn.regulariser.schedule", "cosine", "AIMET"},
            {"learn.regulariser.warm_up", 0.2, "AIMET"},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, AdaRound> kRegistered{"adaround"};

}  // namespace
}  // namespace quant
