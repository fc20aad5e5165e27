// Evenly spaced codes with a zero point: x_hat = s (n - z).
#include "quant/act_grid/act_grid.h"

namespace quant {
namespace {

struct Uniform final : ActGrid {
  explicit Uniform(core::Params&) {}
  std::string_view name() const override { return "uniform"; }
  bool uniform() const override { return true; }
  ActTable fit(const SortedValues&, int, ActRole) const override {
    throw core::Error("act_grid: evenly spaced codes have no table");
  }
};

const core::Registered<ActGrid, Uniform> kRegistered{"uniform"};

}  // namespace
}  // namespace quant
