// Adam with PyTorch's defaults: betas 0.9 and 0.999, eps 1e-8, L2 decay added to the gradient.
// source: Kingma & Ba 2015; torch.optim.Adam.
#include "nn/optim/adam_rule.h"

namespace nn {
namespace {

struct Adam : AdamRule {
  static constexpr std::string_view kName = "adam";
  static constexpr double kDecay = 0.0;
  static constexpr bool kDecoupled = false;
  using AdamRule::AdamRule;
};

const core::Registered<Optimizer, Elementwise<Adam>> kRegistered{"adam"};

}  // namespace
}  // namespace nn
