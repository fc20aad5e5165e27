// Levels m sgn 2^(-k), k = 0, 1 .. q - 1, and zero, q = 2^(b-1) - 1: every level is twice the one
// below it.  Exponents are rounded, so that |w| goes up from m 2^(-k-1/2) on, and to zero below
// half an exponent under the smallest level.
// source: FQ-ViT, AdaLog (rounding of the exponent); signed codes for weights: ours.
#include "quant/weight_grid/ladder.h"

namespace quant {
namespace {

const Codebook kLevels("log2", {.cut = Cut::logarithm});

struct Log2 final : Ladder {
  explicit Log2(core::Params& params) : Ladder(params, kLevels, 1.0) {}
};

const core::Registered<WeightGrid, Log2> kRegistered{"log2"};

}  // namespace
}  // namespace quant
