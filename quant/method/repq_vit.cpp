// RepQ-ViT: round to nearest with the ranges of layer norm outputs folded into the network and a
// logarithmic grid for softmax outputs.
// deviation: ranges of weights and activations by the shrinking search of quant.*.scale instead of
// percentiles; after folding, the range of the tensor is searched anew.
#include "quant/method/method.h"

namespace quant {
namespace {

struct RepqVit final : Method {
  explicit RepqVit(core::Params&) {}
  std::string_view title() const override { return "RepQ-ViT"; }
  std::string_view source() const override { return "Li et al. 2023, arXiv 2212.08254"; }
  std::vector<Setting> settings() const override {
    return {{"quant.prepare.name", "repq", std::string(kByDefinition)},
            {"quant.act.softmax.name", "log_sqrt2", "RepQ-ViT, section 3.3"},
            {"quant.act.softmax.zero", "beside", "RepQ-ViT code: 2^b levels and zero"},
            {"quant.act.bits", 4, "RepQ-ViT, table 1 (W4A4)"},
            {"quant.act.scale.name", "mse", "RepQ-ViT code (least squared error)"},
            {"quant.act.init_images", 32, "RepQ-ViT: 32 calibration images"},
            {"quant.weight.scale.name", "mse", "RepQ-ViT code (least squared error)"},
            {"quant.first_last", "same", "RepQ-ViT code: all layers at the same bits"},
            {"learn.iters", 0, std::string(kByDefinition)},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, RepqVit> kRegistered{"repq_vit"};

}  // namespace
}  // namespace quant
