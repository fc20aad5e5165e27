// Gradient descent with Nesterov's momentum 0.9: sgd under the name of its setting.
// source: Sutskever et al. 2013; torch.optim.SGD(nesterov=True).
#include "nn/optim/sgd_rule.h"

namespace nn {
namespace {

struct Nesterov : SgdRule {
  static constexpr std::string_view kName = "nesterov";
  explicit Nesterov(core::Params& c) {
    mu = mu_option(c, 0.9);
    look_ahead = true;
    if (mu == 0) c.fail("momentum", "must be above 0; sgd is the form without");
  }
};

const core::Registered<Optimizer, Elementwise<Nesterov>> kRegistered{"nesterov"};

}  // namespace
}  // namespace nn
