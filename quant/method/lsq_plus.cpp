// LSQ+ as post-training: as LSQ, with symmetric weights and learned zero points of the activations;
// a block that got worse goes back.
#include "quant/method/method.h"

namespace quant {
namespace {

struct LsqPlus final : Method {
  explicit LsqPlus(core::Params&) {}
  std::string_view title() const override { return "LSQ+"; }
  std::string_view source() const override {
    return "Bhalgat et al. 2020, arXiv 2004.09576; as a calibration pass: settings of the PPQ code";
  }
  std::vector<Setting> settings() const override {
    std::vector<Setting> out = method_named("lsq")->settings();
    out.insert(
        out.end(),
        {{"quant.weight.symmetric", true, "LSQ+, section 3 (an offset of weights costs products)"},
         {"quant.act.symmetric", false, "LSQ+, section 3"},
         {"quant.act.scale.name", "mse", "LSQ+, section 3 (first steps and offsets)"},
         {"learn_act.a_zero.on", true, "LSQ+, section 3 (the offset of activations)"},
         {"learn_act.a_zero.optimizer.lr", 1e-2,
          "ours: in codes, which are whole; 500 steps can go 5 codes"}});
    return out;
  }
};

const core::Registered<Method, LsqPlus> kRegistered{"lsq_plus"};

}  // namespace
}  // namespace quant
