// The Hessian method GPTQ: layer by layer on quantised inputs, columns rounded in turn, no steps.
#include "quant/method/method.h"

namespace quant {
namespace {

struct HessianGptq final : Method {
  explicit HessianGptq(core::Params&) {}
  std::string_view title() const override { return "GPTQ (Hessian)"; }
  std::string_view source() const override {
    return "Frantar et al. 2022, arXiv 2210.17323; settings of the released code";
  }
  std::vector<Setting> settings() const override {
    return {{"learn.solver.name", "hessian_gptq", std::string(kByDefinition)},
            {"learn.granularity", "layer", std::string(kByDefinition)},
            {"learn.iters", 0, std::string(kByDefinition)},
            {"learn.input", "quant", "GPTQ code: inputs behind the layers that are done"},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, HessianGptq> kRegistered{"hessian_gptq"};

}  // namespace
}  // namespace quant
