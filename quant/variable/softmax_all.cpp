// The softmax over all codes of the grid (all_levels.h), temperature from 1 to 0.05: a weight may
// end at any level, and the annealing alone drives it to one.  2 to 4 bits. usable lr: Adam 1e-3 to
// 1e-1. source: softmax relaxation of a discrete choice; the start is ours.
#include "quant/variable/all_levels.h"

namespace quant {
namespace {

struct SoftmaxAll final : AllLevels {
  explicit SoftmaxAll(core::Params& params) : AllLevels(params) {}

 protected:
  core::Tensor noise(const core::Shape&, core::DType,
                     const std::optional<core::Rng>&) const override {
    return {};
  }
};

const core::Registered<RoundingVariable, SoftmaxAll> kRegistered{"softmax_all"};

}  // namespace
}  // namespace quant
