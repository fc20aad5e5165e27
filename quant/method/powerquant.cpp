// PowerQuant: levels m sgn(n) |n/q|^(1/a) with the one exponent a of the network that the weights
// alone call for; nothing is learned.
// deviation: the paper quantises activations with the same power; here activations stay on uniform
// grids. The exponent is found by golden section on a grid, not by Nelder-Mead.
#include "quant/method/method.h"

namespace quant {
namespace {

struct PowerQuant final : Method {
  explicit PowerQuant(core::Params&) {}
  std::string_view title() const override { return "PowerQuant"; }
  std::string_view source() const override {
    return "Yvinec et al. 2023, arXiv 2301.09858 (weights only; activations stay uniform)";
  }
  std::vector<Setting> settings() const override {
    return {{"quant.weight.grid.name", "power", std::string(kByDefinition)},
            {"quant.weight.grid.search", "network", "PowerQuant, abstract (one exponent)"},
            {"quant.weight.scale.name", "minmax", "PowerQuant: the largest weight is a level"},
            {"learn.iters", 0, std::string(kByDefinition)},
            {"learn_act.iters", 0, std::string(kByDefinition)}};
  }
};

const core::Registered<Method, PowerQuant> kRegistered{"powerquant"};

}  // namespace
}  // namespace quant
