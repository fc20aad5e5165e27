// From the cheapest options on, always the affordable step that gains most score by cost.  A step
// that does not fit is passed over for the next best one.
// source: the ratio rule of knapsacks; MCT's upgrade of leftovers.
#include "quant/allocator/allocator.h"

namespace quant {
namespace {

struct Greedy final : Allocator {
  explicit Greedy(core::Params&) {}
  Picks operator()(const Knapsack& knapsack) const override {
    check_knapsack("greedy", knapsack);
    return greedy_picks(knapsack);
  }
};

const core::Registered<Allocator, Greedy> kRegistered{"greedy"};

}  // namespace
}  // namespace quant
