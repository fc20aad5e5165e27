// Round to nearest with empirical bias correction.
#include "quant/method/method.h"

namespace quant {
namespace {

struct BiasCorrectionMethod final : Method {
  explicit BiasCorrectionMethod(core::Params&) {}
  std::string_view title() const override { return "Bias correction"; }
  std::string_view source() const override {
    return "Nagel et al. 2019 (data-free quantization), arXiv 1906.04721; empirical as in AIMET";
  }
  std::vector<Setting> settings() const override {
    return {{"quant.repair.name", "bias_correction", std::string(kByDefinition)},
            {"quant.repair.skip", core::Value::List{"head"}, "ours; AIMET: []"},
            {"learn.iters", 0, std::string(kByDefinition)},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, BiasCorrectionMethod> kRegistered{"bias_correction"};

}  // namespace
}  // namespace quant
