// What we recommend for vision transformers at few bits: QDrop on inputs, with levels of a searched
// logarithmic base where the values are uneven.  experiments/configs/vit_recommended.yaml undoes
// one choice at a time and shows what each is worth.
#include "quant/method.h"

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
    const std::string table = "ours: vit_recommended.yaml", levels = "AdaLog, section 3";
    return {{"quant.act.bits", 4, "ours"},
            {"quant.first_last", "all_8", "ours"},
            {"quant.weight.scale.name", "mse", "AdaLog, RepQ-ViT code (least squared error)"},
            {"quant.act.scale.name", "mse", "AdaLog, RepQ-ViT code (least squared error)"},
            {"quant.act.init_images", 64, "ours"},
            {"quant.act.softmax.name", "adalog", levels},
            {"quant.act.gelu.name", "adalog", levels},
            {"learn.granularity", "block", "QDrop code"},
            {"learn.input.name", "mix", "QDrop, section 3.3"},
            {"learn.input.p", 0.5, "QDrop code (input_prob)"},
            {"learn.keep", 0.5, "QDrop code (drop_prob)"},
            {"learn.iters", 500, table + "; QDrop: 20000"},
            {"learn.batch", 32, "QDrop code"},
            {"learn.replacement", true, "QDrop code (randint)"},
            {"learn.loss.name", "l2", "QDrop code"},
            {"learn.variable.name", "rect_sigmoid", "QDrop code"},
            {"learn.optimizer.name", "adam", "QDrop code"},
            {"learn.optimizer.lr", 1e-2, table + "; QDrop: 0.001, for 40 times the steps"},
            {"learn.schedule.name", "constant", "QDrop code"},
            {"learn.regulariser.name", "adaround", "QDrop code"},
            {"learn.regulariser.lambda", 0.01, "QDrop code"},
            {"learn.regulariser.beta_start", 20.0, "QDrop code"},
            {"learn.regulariser.beta_end", 2.0, "QDrop code"},
            {"learn.regulariser.schedule", "linear", "QDrop code"},
            {"learn.regulariser.warm_up", 0.2, "QDrop code"},
            {"learn_act.joint", true, "QDrop, section 3.3"},
            {"learn_act.optimizer.name", "adam", "QDrop code"},
            {"learn_act.optimizer.lr", 4e-5, "QDrop code"},
            {"learn_act.schedule.name", "cosine", "QDrop code"}};
  }
};

const core::Registered<Method, RecommendedVit> kRegistered{"recommended_vit"};

}  // namespace
}  // namespace quant
