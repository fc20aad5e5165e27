// Levels s 2^(-n/2), n = 0, 1 .., n = round(-2 log2(x / s)), and 0 for what lies beyond the last;
// signed sites have 2^(b-1) - 1 exponents on either side.
// source: RepQ-ViT (softmax).
// deviation: the largest level is searched from 0.1 to 1.3 of the largest value, not among three
// percentiles; zero is one of the 2^b levels, in the released code one more (zero: beside).
#include "quant/act_grid/act_grid.h"
#include "quant/grid/log_levels.h"

namespace quant {
namespace {

struct LogSqrt2 final : ActGrid {
  LogOptions options;

  explicit LogSqrt2(core::Params& params) : options(LogOptions::read(params, false)) {}
  std::string_view name() const override { return "log_sqrt2"; }
  ActTable fit(const SortedValues& values, int bits, ActRole role) const override {
    return log_table(values, bits, role, options, [](int count) { return log_levels(count, 0.5); })
        .table;
  }
};

const core::Registered<ActGrid, LogSqrt2> kRegistered{"log_sqrt2"};

}  // namespace
}  // namespace quant
