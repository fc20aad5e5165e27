// Powers of two: the levels of log2, but a weight goes to the nearest of them instead of the
// nearest exponent. source: methods known as PoT; levels 2^(-i-1), normalised to 1, as the released
// code of APoT.
#include "quant/weight_grid/ladder.h"

namespace quant {
namespace {

const Codebook kLevels("pot", {});

struct Pot final : Ladder {
  explicit Pot(core::Params& params) : Ladder(params, kLevels, 1.0) {}
};

const core::Registered<WeightGrid, Pot> kRegistered{"pot"};

}  // namespace
}  // namespace quant
