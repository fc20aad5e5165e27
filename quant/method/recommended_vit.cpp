// What we recommend for vision transformers at few bits: QDrop on inputs, with levels of a searched
// logarithmic base where the values are uneven.  experiments/configs/vit_recommended.yaml undoes
// one choice at a time and shows what each is worth.
#include <algorithm>

#include "quant/method/method.h"

namespace quant {
namespace {

struct RecommendedVit final : Method {
  explicit RecommendedVit(core::Params&) {}
  std::string_view title() const override { return "Recommended for vision transformers"; }
  std::string_view source() const override {
    return "ours, chosen on validation images; the parts from QDrop (arXiv 2203.05740) and AdaLog "
           "(2407.12951)";
  }
  std::vector<Setting> settings() const override {
    const std::string table = "ours: vit_recommended.yaml",
                      search = "RepQ-ViT code (least squared error)";
    const std::string levels = "AdaLog, section 3";
    std::vector<Setting> out = {
        {"quant.act.bits", 4, "ours"},
        {"quant.first_last", "all_8", "ours"},
        {"quant.weight.scale.name", "mse", search},
        {"quant.act.scale.name", "mse", search},
        {"quant.act.init_images", 64, "ours"},
        {"quant.act.softmax.name", "adalog", levels},
        {"quant.act.gelu.name", "adalog", levels},
        {"learn.iters", 500, "ours; QDrop: 20000"},
        {"learn.optimizer.lr", 1e-2, table + "; QDrop: 0.001, 40 times the steps"}};
    for (const Setting& setting : method_named("qdrop")->settings()) {
      const bool ours = std::any_of(out.begin(), out.end(),
                                    [&](const Setting& s) { return s.path == setting.path; });
      if (!ours) out.push_back(setting);
    }
    return out;
  }
};

const core::Registered<Method, RecommendedVit> kRegistered{"recommended_vit"};

}  // namespace
}  // namespace quant
