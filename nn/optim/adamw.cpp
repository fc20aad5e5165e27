// AdamW: Adam with decoupled weight decay, default 0.01.
// source: Loshchilov & Hutter 2019; torch.optim.AdamW.
#include "nn/optim/adam_rule.h"

namespace nn {
namespace {

struct AdamW : AdamRule {
  static constexpr std::string_view kName = "adamw";
  static constexpr double kDecay = 0.01;
  static constexpr bool kDecoupled = true;
  using AdamRule::AdamRule;
};

const core::Registered<Optimizer, Elementwise<AdamW>> kRegistered{"adamw"};

}  // namespace
}  // namespace nn
