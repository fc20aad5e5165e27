// Roundings by gradient descent: everything is said by the other keys of `learn`.
#include "quant/solver/solver.h"

namespace quant {
namespace {

struct Descent final : Solver {
  explicit Descent(core::Params&) {}
  bool descends() const override { return true; }
  core::Tensor solve(const QuantisedWeight&, const core::Tensor&) const override {
    throw core::Error("descent: roundings are learned in steps, not solved for");
  }
};

const core::Registered<Solver, Descent> kRegistered{"descent"};

}  // namespace
}  // namespace quant
