// Stochastic gradient descent; with `momentum` and `nesterov` as PyTorch's class has them.
// source: torch.optim.SGD (PyTorch 1.13, dampening 0).
#include "nn/optim/sgd_rule.h"

namespace nn {
namespace {

struct Sgd : SgdRule {
  static constexpr std::string_view kName = "sgd";
  explicit Sgd(core::Params& c) {
    mu = mu_option(c, 0.0);
    look_ahead =
        c.get<bool>("nesterov", false, core::Key{.doc = "look-ahead form", .source = "PyTorch"});
    if (look_ahead && mu == 0) c.fail("nesterov", "needs a momentum above 0");
  }
};

const core::Registered<Optimizer, Elementwise<Sgd>> kRegistered{"sgd"};

}  // namespace
}  // namespace nn
