// QDrop: block by block, roundings and activation steps together, with activations that are
// quantised element by element at random while learning.
#include "quant/method/method.h"

namespace quant {
namespace {

struct QDrop final : Method {
  explicit QDrop(core::Params&) {}
  std::string_view title() const override { return "QDrop"; }
  std::string_view source() const override {
    return "Wei et al. 2022, arXiv 2203.05740; settings of the released code";
  }
  std::vector<Setting> settings() const override {
    return {{"quant.first_last", "qdrop", "QDrop code"},
            {"quant.act.init_images", 256, "QDrop code"},
            {"quant.act.init", "fp", "QDrop code (ranges before anything is learned)"},
            {"learn.granularity", "block", "QDrop code"},
            {"learn.input.name", "mix", "QDrop, section 3.3"},
            {"learn.input.p", 0.5, "QDrop code (input_prob)"},
            {"learn.keep", 0.5, "QDrop code (drop_prob)"},
            {"learn.iters", 20000, "QDrop code"},
            {"learn.batch", 32, "QDrop code"},
            {"learn.replacement", true, "QDrop code (randint)"},
            {"learn.loss.name", "l2", "QDrop code"},
            {"learn.variable.name", "rect_sigmoid", "QDrop code"},
            {"learn.optimizer.name", "adam", "QDrop code"},
            {"learn.optimizer.lr", 1e-3, "QDrop code (library default)"},
            {"learn.schedule.name", "constant", "QDrop code"},
            {"learn.regulariser.name", "adaround", "QDrop code"},
            {"learn.regulariser.lambda", 0.01, "QDrop code; 0.1 MobileNetV2, 0.2 MNasNet"},
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

const core::Registered<Method, QDrop> kRegistered{"qdrop"};

}  // namespace
}  // namespace quant
