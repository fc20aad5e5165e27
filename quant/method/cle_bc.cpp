// Cross-layer equalisation, round to nearest, empirical bias correction.
#include "quant/method/method.h"

namespace quant {
namespace {

struct CleBc final : Method {
  explicit CleBc(core::Params&) {}
  std::string_view title() const override { return "CLE + BC"; }
  std::string_view source() const override {
    return "Nagel et al. 2019 (data-free quantization), arXiv 1906.04721";
  }
  std::vector<Setting> settings() const override {
    return {{"quant.prepare.name", "equalise", std::string(kByDefinition)},
            {"quant.prepare.required", false, "ours: networks without such pairs are left alone"},
            {"quant.prepare.absorb", "exact",
             "ours: the absorption of AIMET (aimet) changes the float network"},
            {"quant.repair.name", "bias_correction", std::string(kByDefinition)},
            {"quant.repair.skip", core::Value::List{"head"}, "ours; AIMET: []"},
            {"learn.iters", 0, std::string(kByDefinition)},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, CleBc> kRegistered{"cle_bc"};

}  // namespace
}  // namespace quant
