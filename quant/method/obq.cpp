// OBQ: layer by layer on quantised inputs, the weights of a row rounded greedily, no steps.
#include "quant/method/method.h"

namespace quant {
namespace {

struct Obq final : Method {
  explicit Obq(core::Params&) {}
  std::string_view title() const override { return "OBQ"; }
  std::string_view source() const override {
    return "Frantar and Alistarh 2022 (optimal brain compression), arXiv 2208.11580";
  }
  std::vector<Setting> settings() const override {
    return {{"learn.solver.name", "obq", std::string(kByDefinition)},
            {"learn.granularity", "layer", std::string(kByDefinition)},
            {"learn.iters", 0, std::string(kByDefinition)},
            {"learn.input", "quant", "ours; the paper compresses layers on float inputs too"},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, Obq> kRegistered{"obq"};

}  // namespace
}  // namespace quant
