// Gradient descent with heavy-ball momentum 0.9: sgd under the name of its setting.
// source: Polyak 1964; torch.optim.SGD.
#include "nn/optim/sgd_rule.h"

namespace nn {
namespace {

struct Momentum : SgdRule {
  static constexpr std::string_view kName = "momentum";
  explicit Momentum(core::Params& c) { mu = mu_option(c, 0.9); }
};

const core::Registered<Optimizer, Elementwise<Momentum>> kRegistered{"momentum"};

}  // namespace
}  // namespace nn
