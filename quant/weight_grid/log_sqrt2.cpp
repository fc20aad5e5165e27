// Levels m sgn 2^(-k/2), k = 0, 1 .. q - 1, and zero, q = 2^(b-1) - 1: half the spacing of log2 in
// half its span.  Twice the exponent is rounded; to zero as log2.
// source: RepQ-ViT (log sqrt 2 of the softmax); signed codes for weights: ours.
#include "quant/weight_grid/ladder.h"

namespace quant {
namespace {

const Codebook kLevels("log_sqrt2", {.cut = Cut::logarithm});

struct LogSqrt2 final : Ladder {
  explicit LogSqrt2(core::Params& params) : Ladder(params, kLevels, 0.5) {}
};

const core::Registered<WeightGrid, LogSqrt2> kRegistered{"log_sqrt2"};

}  // namespace
}  // namespace quant
